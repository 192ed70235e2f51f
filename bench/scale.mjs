/**
 * `make bench-scale`: large trees and large files beside rsync and cp, each with and without fsync.
 * `node bench/scale.mjs [--case WORD] [--scale F] [--runs N]` narrows it; `--linear` draws docs/scale.svg instead.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { plotLinearity } from './cases/linearity.mjs';
import { measureScale } from './cases/measure-scale.mjs';
import { scaleCases } from './cases/scale-cases.mjs';
import { medianRecord } from './measure/median.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { bytes, formatTable, seconds } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';
import { fetchRsync } from './rsync/fetch-rsync.mjs';
import { whyNoSsh } from './rsync/ssh.mjs';

const { values: args } = parseArgs({
  options: {
    case: { type: 'string', default: '' },
    scale: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    linear: { type: 'boolean', default: false },
  },
});
const rsync = fetchRsync();
const network = makeNetwork();
try {
  if (args.linear) await drawLinearity();
  else await printTable();
} finally {
  network.remove();
}

async function printTable() {
  const rows = [];
  for (const work of scaleCases(Number(args.scale)).filter(({ key }) => key.includes(args.case))) {
    const runs = [];
    for (let n = 0; n < Number(args.runs); n++)
      runs.push(
        await withWorkspace((folder) => measureScale({ rsync: rsync.command, network, work: folder, ...work })),
      );
    rows.push(...rowsOf(work.name, medianRecord(runs)));
    console.error(rows.at(-2).join(' | '));
    console.error(rows.at(-1).join(' | '));
  }
  const reason = whyNoSsh();
  if (reason !== undefined) console.log(reason);
  console.log(`rsync ${rsync.version}, Node ${process.versions.node}, median of ${args.runs}, scale ${args.scale}\n`);
  console.log(
    formatTable(['', 'p2psync', 'rsync', 'ratio', 'over ssh', 'ratio', 'cp', 'wire', 'memory: asks / answers'], rows),
  );
}

function rowsOf(name, figures) {
  const ratio = (one, other) => (one === undefined || other === undefined ? undefined : (one / other).toFixed(2));
  const { ours, oursDurable, theirs, theirsDurable, ssh, cp, wire, peak, listenerPeak } = figures;
  const memory = `${bytes(peak)} / ${bytes(listenerPeak)}`;
  return [
    [
      name,
      seconds(ours),
      seconds(theirs),
      ratio(ours, theirs),
      seconds(ssh),
      ratio(ours, ssh),
      seconds(cp),
      bytes(wire),
      memory,
    ],
    ['… with fsync', seconds(oursDurable), seconds(theirsDurable), ratio(oursDurable, theirsDurable)],
  ].map((row) => [...row, ...new Array(9 - row.length).fill(undefined)]);
}

async function drawLinearity() {
  const points = [];
  for (const scale of [0.01, 0.1, 1].map((factor) => factor * Number(args.scale))) {
    const work = scaleCases(scale).find(({ key }) => key === 'million');
    const figures = await withWorkspace((folder) =>
      measureScale({ rsync: rsync.command, network, work: folder, ...work, onlyOurs: true }),
    );
    points.push({ files: Math.round(1e6 * scale), first: figures.first, again: figures.ours });
    console.log(points.at(-1));
  }
  fs.writeFileSync(path.resolve(import.meta.dirname, '../docs/scale.svg'), plotLinearity(points));
}
