/**
 * What an undisturbed run pays for being able to recover: the program beside a build of it that does not look what a crash
 * left, keeps no beginnings of contents, does not ask whether the disks have room, guards no replaced file and waits for
 * no session that was cut. Both in turn, on a memory disk, over loopback.
 * `node bench/recovery-cost.mjs [--runs N]`
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/bundle.mjs';
import { makeMachine } from '../scripts/machine.mjs';
import { writeManyFiles } from './data/small-files.mjs';
import { medianOf } from './measure/median.mjs';
import { formatTable } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';

const { values: args } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(args.runs);
const root = fileURLToPath(new URL('..', import.meta.url));
const TREE = { files: 2000, directories: 40, from: 1, to: 16 << 10 };
const EDITED = 'edited\n';

/** In which file what is replaced by what. */
const WITHOUT = [
  [
    'src/apply/stage-sweep.ts',
    'export function sweepStage(',
    'export function sweepStage() {}\nexport function unused1(',
  ],
  [
    'src/apply/partial.ts',
    'export function sweepPartials(',
    'export function sweepPartials() {}\nexport function unused2(',
  ],
  [
    'src/apply/partial.ts',
    'export function hasPartial(',
    'export function hasPartial() { return false; }\nexport function unused3(',
  ],
  [
    'src/converge/room.ts',
    'export async function ensureRoom(',
    'export async function ensureRoom() {}\nexport async function unused4(',
  ],
  ['src/apply/place.ts', 'const guarded = ', 'const guarded = false && '],
  ['src/converge/listener-scans.ts', 'if (this.#installing.size > 0)', 'if (false)'],
];

const program = await buildWithout();
await withWorkspace(async (work) => {
  const figures = { first: { with: [], without: [] }, changed: { with: [], without: [] } };
  for (let n = 0; n < runs; n++) {
    // The second of two is never always the same one.
    const both = [
      ['with', undefined],
      ['without', program],
    ];
    for (const [name, build] of n % 2 === 0 ? both : both.reverse()) {
      const seconds = await measure(path.join(work, name), build);
      figures.first[name].push(seconds.first);
      figures.changed[name].push(seconds.changed);
    }
  }
  const row = (what, { with: ours, without }) => {
    const difference = medianOf(ours) / medianOf(without) - 1;
    const spread = [...ours, ...without].sort((a, b) => a - b);
    return [
      what,
      ms(medianOf(ours)),
      ms(medianOf(without)),
      `${(100 * difference).toFixed(1)} %`,
      `${ms(spread[0])} to ${ms(spread.at(-1))}`,
    ];
  };
  const head = ['median of', 'the program', 'without recovery', 'difference', 'all runs'];
  const what = `${TREE.files} small files`;
  console.log(
    formatTable(head, [row(`first copy of ${what}`, figures.first), row(`${what} replaced`, figures.changed)]),
  );
});

/** Seconds of `once` for a first copy, and for taking an edit of each of its files. */
async function measure(work, build) {
  fs.rmSync(work, { recursive: true, force: true });
  const [one, two] = ['one', 'two'].map((name) =>
    makeMachine({
      name,
      folder: path.join(work, name, 'folder'),
      home: path.join(work, name, 'home'),
      ...(build === undefined ? {} : { program: build }),
    }),
  );
  writeManyFiles(two.folder, TREE);
  await two.join(await one.init());
  const listener = await two.listen();
  try {
    const ports = [listener.port];
    const first = await one.onceSilently({ ports });
    for (const file of fs.readdirSync(two.folder, { recursive: true })) {
      if (file.endsWith('.dat')) fs.appendFileSync(path.join(two.folder, file), EDITED);
    }
    const changed = await one.onceSilently({ ports });
    return { first: first.seconds, changed: changed.seconds };
  } finally {
    await listener.stop();
  }
}

async function buildWithout() {
  const plugin = {
    name: 'without-recovery',
    setup(esbuild) {
      const files = new Set(WITHOUT.map(([file]) => path.join(root, file)));
      esbuild.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (!files.has(file)) return undefined;
        let contents = await fs.promises.readFile(file, 'utf8');
        for (const [where, what, by] of WITHOUT) {
          if (path.join(root, where) !== file) continue;
          if (!contents.includes(what)) throw new Error(`${where} has no ${what} any more: say anew what recovery is`);
          contents = contents.replace(what, by);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  await bundle(root, { out: 'build', plugins: [plugin] });
  return path.join(root, 'build/cli.js');
}

function ms(seconds) {
  return `${Math.round(1000 * seconds)} ms`;
}
