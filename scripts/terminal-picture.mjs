/**
 * `make pictures`, part two: docs/pictures/terminals.svg, two terminals beside one another as they stood at the end of a
 * real run. On the left a listener, on the right the one who runs `once`. Light and dark by the reader's own setting.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { edit, withScene, write } from './pictures/scene.mjs';
import { openTerminal } from './pictures/terminal-screen.mjs';

const PROGRAM = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const PICTURE = fileURLToPath(new URL('../docs/pictures/terminals.svg', import.meta.url));
const COLUMNS = 64;
const ROWS = 40;
const PORT = 23_400;
const COLOURS = { 1: 'red', 2: 'green', 3: 'yellow' };
const STYLE = `
text{font:12px ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#24292f;white-space:pre}
.window{fill:#fdfcf9;stroke:#d9d5ca}.edge{stroke:#e6e2d8}circle{fill:#ddd8cb}
.title{fill:#6b6f76;font-size:12.5px}.prompt{fill:#0a6459;font-weight:600}.typed,.bold{font-weight:700}
.dim{fill:#6b6f76}.green{fill:#17794d}.yellow{fill:#8a5200}.red{fill:#b3261e}
@media(prefers-color-scheme:dark){text{fill:#dcdad4}.window{fill:#16191d;stroke:#333940}.edge{stroke:#2a3037}circle{fill:#3b424a}
.title,.dim{fill:#98a0aa}.prompt{fill:#74d6c3}.green{fill:#7bd89b}.yellow{fill:#f0bf72}.red{fill:#ff9a8f}}`;

const screens = await withScene(async ([laptop, nas, studio]) => {
  for (let n = 1; n <= 40; n++) write(laptop, `2026/harbour/img_${1000 + n}.jpg`, 300);
  for (let n = 1; n <= 25; n++) write(nas, `2025/winter/img_0${100 + n}.jpg`, 200);
  write(studio, 'scans/contact-sheet.tif', 30_000);
  const left = terminal(nas, `listen Photos --port ${PORT} --interface 127.0.0.1`);
  const other = terminal(studio, `listen Photos --port ${PORT + 10} --interface 127.0.0.1`);
  try {
    await Promise.all([left, other].map((listener) => shows(listener, 'ready')));
    const peers = `--peer 127.0.0.1:${PORT} --peer 127.0.0.1:${PORT + 10} --no-discover`;
    const right = [];
    const run = async () => {
      const once = terminal(laptop, `once Photos ${peers}`);
      await once.ended;
      right.push([prompt(laptop, 'p2psync once Photos')], ...filled(await once.screen()), []);
    };
    await run();
    edit(laptop, 'scans/contact-sheet.tif', 'three words in the middle of it');
    write(laptop, 'albums/best-of.txt', 2);
    fs.rmSync(path.join(laptop.folder, '2025/winter/img_0101.jpg'));
    await run();
    right.push([prompt(laptop, '')]);
    return [
      { title: 'nas', rows: [[prompt(nas, 'p2psync listen Photos')], ...filled(await left.screen())] },
      { title: 'laptop', rows: right },
    ];
  } finally {
    for (const listener of [left, other]) listener.stop();
    await Promise.all([left.ended, other.ended]);
  }
});
fs.mkdirSync(path.dirname(PICTURE), { recursive: true });
fs.writeFileSync(PICTURE, picture(screens));

function terminal({ name, folder }, args) {
  const home = path.dirname(folder);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    P2PSYNC_CONFIG_DIR: `${home}/config`,
    P2PSYNC_STATE_DIR: `${home}/state`,
  };
  const words = `cd ${home} && exec ${process.execPath} ${PROGRAM} ${args}`;
  return openTerminal({
    command: `unshare --uts sh -c 'hostname ${name} && ${words}'`,
    env,
    columns: COLUMNS,
    rows: ROWS,
  });
}

async function shows(opened, text) {
  for (let tries = 0; tries < 200; tries++) {
    if (textOf(await opened.screen()).includes(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`expected ${text} on the screen, got:\n${textOf(await opened.screen())}`);
}

function prompt({ name }, command) {
  return { text: `ada@${name}:~$ ${command}`, prompt: `ada@${name}:~$`, command };
}

function textOf(rows) {
  return rows
    .map((runs) =>
      runs
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** The rows down to the last one with something in it. */
function filled(rows) {
  const end = rows.findLastIndex((runs) => runs.some(({ text }) => text.trim() !== ''));
  return rows.slice(0, end + 1);
}

function picture(screens) {
  const [cell, line, edge, bar, gap] = [7.25, 18, 18, 34, 22];
  const width = Math.ceil(COLUMNS * cell) + 2 * edge;
  const rows = Math.max(...screens.map((screen) => screen.rows.length));
  const height = bar + rows * line + 2 * edge - 6;
  const window = ({ title, rows: shown }, i) => `<g transform="translate(${i * (width + gap)} 0)">
<rect class="window" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10"/>
<line class="edge" x1="0" x2="${width}" y1="${bar}" y2="${bar}"/>
<circle cx="20" cy="${bar / 2}" r="5.5"/><circle cx="38" cy="${bar / 2}" r="5.5"/><circle cx="56" cy="${bar / 2}" r="5.5"/>
<text class="title" x="${width / 2}" y="${bar / 2 + 4.5}" text-anchor="middle">${title}</text>
${shown.map((runs, y) => rowOf(runs, edge, bar + edge + 10 + y * line, cell)).join('\n')}
</g>`;
  const words = screens.map(({ title, rows: shown }) => `${title}: ${textOf(shown)}`).join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width + gap} ${height}" role="img" aria-labelledby="t d">
<title id="t">Two terminals: nas listens, laptop runs p2psync once</title>
<desc id="d">${escaped(words.replace(/\s+/g, ' '))}</desc>
<style>${STYLE}</style>
${screens.map(window).join('\n')}
</svg>
`;
}

/** One text a run, at the place of its first cell, so that the columns stand whatever font is there. */
function rowOf(runs, x, y, cell) {
  let column = 0;
  const spans = [];
  for (const run of runs) {
    if (run.prompt !== undefined) {
      spans.push(
        `<tspan class="prompt">${escaped(run.prompt)}</tspan> <tspan class="typed">${escaped(run.command)}</tspan>`,
      );
      continue;
    }
    const text = run.text.trimEnd() === '' ? '' : run.text;
    if (text !== '') {
      const classes = [run.bold ? 'bold' : '', run.dim ? 'dim' : '', COLOURS[run.colour] ?? '']
        .filter(Boolean)
        .join(' ');
      const at = `x="${(x + column * cell).toFixed(1)}" textLength="${(text.trimEnd().length * cell).toFixed(1)}"`;
      spans.push(`<tspan ${at}${classes === '' ? '' : ` class="${classes}"`}>${escaped(text.trimEnd())}</tspan>`);
    }
    column += run.text.length;
  }
  return spans.length === 0 ? '' : `<text x="${x}" y="${y}">${spans.join('')}</text>`;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
