/**
 * `make bench-reuse`: new files that are mostly made of what the receiver has under other names, beside rsync without
 * and with `--fuzzy -y`, both without and with `-z --zc=zstd`. Then what looking for such parts costs where there are
 * none: 1 GiB into an empty folder.
 * `node bench/reuse-table.mjs [--rsync-only] [--reuse auto|always|never] [--scale F] [--case WORD] [--first-runs N] [--json FILE]`
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { forgetRsync, measureP2psync, measureRsync } from './cases/measure-edit.mjs';
import { reuseCases } from './cases/reuse-cases.mjs';
import { writeRandomFile } from './data/random.mjs';
import { medianOf } from './measure/median.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { bytes, formatTable, seconds } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';
import { fetchRsync } from './rsync/fetch-rsync.mjs';

const { values: args } = parseArgs({
  options: {
    'rsync-only': { type: 'boolean', default: false },
    'ours-only': { type: 'boolean', default: false },
    reuse: { type: 'string', default: 'auto' },
    scale: { type: 'string', default: '1' },
    case: { type: 'string', default: '' },
    'first-runs': { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

const PACKED = ['-z', '--zc=zstd'];
const FUZZY = ['--fuzzy', '-y'];

const rsync = fetchRsync();
const network = makeNetwork();
const scale = Number(args.scale);
const results = [];
let first;
try {
  for (const edit of reuseCases(scale).filter(({ name }) => name.includes(args.case))) {
    results.push({ name: edit.name, ...(await withWorkspace((work) => measureCase(edit, work))) });
    console.error(JSON.stringify(results.at(-1)));
  }
  if (Number(args['first-runs']) > 0 && !args['rsync-only']) first = await withWorkspace(measureFirstCopy);
} finally {
  network.remove();
}
print(results);
if (args.json) fs.writeFileSync(args.json, JSON.stringify({ rsync: rsync.version, results, first }, null, 2));

async function measureCase(edit, work) {
  const place = { rsync: rsync.command, network, work, edit };
  const result = {};
  if (!args['rsync-only']) {
    const options = ['--reuse', args.reuse];
    const { summary, ...figures } = await measureP2psync({ network, work, edit, options });
    result.ours = { ...figures, reused: summary.reusedBytes, literal: summary.literalBytes };
  }
  if (args['ours-only']) return result;
  result.plain = await measureRsync(place);
  result.fuzzy = await measureRsync({ ...place, options: FUZZY });
  result.plainPacked = await measureRsync({ ...place, options: PACKED });
  result.fuzzyPacked = await measureRsync({ ...place, options: [...FUZZY, ...PACKED] });
  forgetRsync(work);
  return result;
}

/** The runs take turns, so that a slow minute of the machine hits both alike. */
async function measureFirstCopy(work) {
  const size = Math.round(1024 * 1024 * 1024 * scale);
  const times = { single: { with: [], without: [] }, many: { with: [], without: [] } };
  for (const [kind, count] of [
    ['single', 1],
    ['many', 64],
  ]) {
    const edit = {
      before: (folder) => fs.mkdirSync(folder, { recursive: true }),
      after(folder) {
        for (let n = 0; n < count; n++)
          writeRandomFile(path.join(folder, `file-${n}.bin`), Math.round(size / count), `first copy ${n}`);
      },
    };
    for (let n = 0; n < Number(args['first-runs']); n++) {
      for (const [which, reuse] of [
        ['with', args.reuse],
        ['without', 'never'],
      ]) {
        const run = await measureP2psync({ network, work, edit, options: ['--reuse', reuse] });
        times[kind][which].push(run.seconds);
      }
    }
  }
  return times;
}

function print(rows) {
  const heads = [
    'change',
    'p2psync',
    'rsync',
    '--fuzzy -y',
    'rsync -z',
    '--fuzzy -y -z',
    '/ rsync',
    '/ --fuzzy -y',
    '/ best',
  ];
  const cells = rows.map(({ name, ours, plain, fuzzy, plainPacked, fuzzyPacked }) => {
    const all = [plain, fuzzy, plainPacked, fuzzyPacked].map((each) => each?.wire);
    const best = Math.min(...all.filter((wire) => wire !== undefined));
    return [
      name,
      bytes(ours?.wire),
      ...all.map(bytes),
      share(ours, plain?.wire),
      share(ours, fuzzy?.wire),
      share(ours, best),
    ];
  });
  console.log(`\nrsync ${rsync.version}, Node ${process.versions.node}, --reuse ${args.reuse}${scaled()}\n`);
  console.log(`Bytes on the wire\n\n${formatTable(heads, cells)}\n`);
  const timed = rows.map(({ name, ours, plain, fuzzy }) => [
    name,
    seconds(ours?.seconds),
    seconds(plain?.seconds),
    seconds(fuzzy?.seconds),
  ]);
  console.log(`Time on loopback\n\n${formatTable(['change', 'p2psync', 'rsync', '--fuzzy -y'], timed)}\n`);
  if (first === undefined) return;
  const lines = Object.entries(first).map(([kind, { with: on, without: off }]) => [
    `1 GiB into an empty folder, ${kind === 'single' ? 'one file' : '64 files'}`,
    seconds(medianOf(on)),
    seconds(medianOf(off)),
    (medianOf(on) / medianOf(off)).toFixed(3),
  ]);
  console.log(formatTable(['first copy', `--reuse ${args.reuse}`, '--reuse never', 'ratio'], lines));
}

function share(ours, theirs) {
  return ours === undefined || !Number.isFinite(theirs ?? Number.NaN) ? undefined : (ours.wire / theirs).toFixed(3);
}

function scaled() {
  return scale === 1 ? '' : `; SIZES × ${args.scale}: not the figures of the documents`;
}
