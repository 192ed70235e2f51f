/**
 * What stands on a terminal's screen after a command: the command runs on a real pseudo terminal (`script` makes it),
 * and xterm's own emulator reads what it prints, so that colours, cursor movements and wraps count as they do there.
 */
import { spawn } from 'node:child_process';
import xterm from '@xterm/headless';

/** `screen()` gives the rows as runs of cells; `ended` resolves with the exit status. */
export function openTerminal({ command, env, columns, rows }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = spawn('script', ['-qec', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'], {
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh', LANG: 'C.UTF-8' },
  });
  child.stdout.on('data', (data) => terminal.write(data));
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    ended,
    screen: () => new Promise((resolve) => terminal.write('', () => resolve(cellsOf(terminal)))),
    stop: () => child.kill('SIGTERM'),
  };
}

/** Row by row the runs of cells that look alike: `{ text, colour, bold, dim }`. */
function cellsOf(terminal) {
  const rows = [];
  const { active } = terminal.buffer;
  for (let y = 0; y < active.length; y++) {
    const line = active.getLine(y);
    const runs = [];
    for (let x = 0; x < line.length; x++) {
      const cell = line.getCell(x);
      const look = {
        colour: cell.isFgPalette() ? cell.getFgColor() : -1,
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
      };
      const last = runs.at(-1);
      const text = cell.getChars() || ' ';
      if (last && last.colour === look.colour && last.bold === look.bold && last.dim === look.dim) last.text += text;
      else runs.push({ text, ...look });
    }
    rows.push(runs);
  }
  return rows;
}
