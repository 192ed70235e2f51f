/**
 * `make bench-delta`: the wire bytes and the time of many kinds of edits, beside rsync. For bytes rsync may choose
 * the better of its runs without and with `-z --zc=zstd`; for time the plain one counts.
 * `node bench/delta-table.mjs [--rsync-only] [--runs N] [--scale F] [--case WORD] [--json FILE]`
 */
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { editCases } from './cases/edit-cases.mjs';
import { forgetRsync, measureP2psync, measureRsync } from './cases/measure-edit.mjs';
import { medianRecord } from './measure/median.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { bytes, formatTable, gain, seconds } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';
import { fetchRsync } from './rsync/fetch-rsync.mjs';

const { values: args } = parseArgs({
  options: {
    'rsync-only': { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    case: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});

const rsync = fetchRsync();
const network = makeNetwork();
const results = [];
try {
  for (const edit of editCases(Number(args.scale)).filter(({ name }) => name.includes(args.case))) {
    results.push({ name: edit.name, ...(await withWorkspace((work) => measureCase(edit, work))) });
    console.error(JSON.stringify(results.at(-1)));
  }
} finally {
  network.remove();
}
print(results);
if (args.json) fs.writeFileSync(args.json, JSON.stringify({ rsync: rsync.version, results }, null, 2));

/** The programs take turns, so that a slow minute of the machine hits them alike. */
async function measureCase(edit, work) {
  const [plain, packed, ours] = [[], [], []];
  const place = { rsync: rsync.command, network, work, edit };
  for (let n = 0; n < Number(args.runs); n++) {
    plain.push(await measureRsync(place));
    packed.push(await measureRsync({ ...place, options: ['-z', '--zc=zstd'] }));
    if (!args['rsync-only']) ours.push(await measureP2psync({ network, work, edit }));
  }
  forgetRsync(work);
  return {
    plain: medianRecord(plain),
    packed: medianRecord(packed),
    ours: ours.length > 0 ? medianRecord(ours.map(({ seconds, wire }) => ({ seconds, wire }))) : undefined,
  };
}

function print(rows) {
  const heads = [
    'edit',
    'p2psync wire',
    'rsync',
    'rsync -z',
    'less by',
    'p2psync time',
    'rsync',
    'rsync -z',
    'faster by',
  ];
  const cells = rows.map(({ name, plain, packed, ours }) => [
    name,
    bytes(ours?.wire),
    bytes(plain.wire),
    bytes(packed.wire),
    gain(Math.min(plain.wire, packed.wire), ours?.wire),
    seconds(ours?.seconds),
    seconds(plain.seconds),
    seconds(packed.seconds),
    gain(plain.seconds, ours?.seconds),
  ]);
  console.log(`\nrsync ${rsync.version}, Node ${process.versions.node}, median of ${args.runs} runs${scaled()}\n`);
  console.log(formatTable(heads, cells));
}

function scaled() {
  return args.scale === '1' ? '' : `; SIZES × ${args.scale}: not the figures of the documents`;
}
