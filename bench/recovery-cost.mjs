/**
 * What an undisturbed run pays for being able to recover: the program beside a build of it that does not look what a crash
 * left, keeps no beginnings of contents, does not ask whether the disks have room and waits for no session that was cut;
 * and beside one that guards no replaced file either. In turn, on a memory disk, over loopback.
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
/** Put before a command, it tells its processor time at the end. */
const TIMED = ['bash', '-c', 'TIMEFORMAT="%3U %3S"; time "$@"', 'timed'];

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
  ['src/converge/listener-scans.ts', 'if (this.#installing.size > 0)', 'if (false)'],
];

/** What someone writes into a file while it is replaced is not lost: a second name for each replaced file, for a moment. */
const GUARDS = ['src/apply/place.ts', 'const guarded = ', 'const guarded = false && '];

const builds = {
  with: undefined,
  without: await buildWithout('build/without-recovery', WITHOUT),
  unguarded: await buildWithout('build/without-guards', [...WITHOUT, GUARDS]),
};
const names = Object.keys(builds);
await withWorkspace(async (work) => {
  const figures = { first: {}, changed: {} };
  for (const each of Object.values(figures)) for (const name of names) each[name] = [];
  for (let n = 0; n < runs; n++) {
    // None is always the one that comes after a certain other.
    for (const name of n % 2 === 0 ? names : [...names].reverse()) {
      const taken = await measure(path.join(work, name), builds[name]);
      for (const what of Object.keys(figures)) figures[what][name].push(taken[what]);
    }
  }
  const row = (what, kind, all) => {
    const [ours, ...others] = names.map((name) => medianOf(all[name].map((one) => one[kind])));
    return [what, ms(ours), ...others.flatMap((other) => [ms(other), `${(100 * (ours / other - 1)).toFixed(1)} %`])];
  };
  const rows = (what, both) => [row(`${what}, wall`, 'wall', both), row(`${what}, processor`, 'cpu', both)];
  const head = [`median of ${runs}`, 'the program', 'without recovery', 'difference', 'nor guards', 'difference'];
  const what = `${TREE.files} small files`;
  console.log(
    formatTable(head, [...rows(`first copy of ${what}`, figures.first), ...rows(`${what} replaced`, figures.changed)]),
  );
});

/** Wall seconds, and those of processors, of `once` for a first copy and for taking an edit of each of its files. */
async function measure(work, build) {
  fs.rmSync(work, { recursive: true, force: true });
  const [one, two] = ['one', 'two'].map((name) =>
    makeMachine({
      name,
      folder: path.join(work, name, 'folder'),
      home: path.join(work, name, 'home'),
      enter: name === 'one' ? TIMED : [],
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
    return {
      first: { wall: first.seconds, cpu: cpuOf(first) },
      changed: { wall: changed.seconds, cpu: cpuOf(changed) },
    };
  } finally {
    await listener.stop();
  }
}

/** Of both kinds of time, which bash has written last. */
function cpuOf({ stderr }) {
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return user + system;
}

async function buildWithout(out, replaced) {
  const plugin = {
    name: 'without-recovery',
    setup(esbuild) {
      const files = new Set(replaced.map(([file]) => path.join(root, file)));
      esbuild.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        if (!files.has(file)) return undefined;
        let contents = await fs.promises.readFile(file, 'utf8');
        for (const [where, what, by] of replaced) {
          if (path.join(root, where) !== file) continue;
          if (!contents.includes(what)) throw new Error(`${where} has no ${what} any more: say anew what recovery is`);
          contents = contents.replace(what, by);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  await bundle(root, { out, plugins: [plugin] });
  return path.join(root, out, 'cli.js');
}

function ms(seconds) {
  return `${Math.round(1000 * seconds)} ms`;
}
