/**
 * `make bench-scale`: many small files, beside rsync: a first copy into an empty folder, and a run with nothing to do.
 * `node bench/scale.mjs [--rsync-only] [--runs N] [--files N]`
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeSmallFiles } from './data/small-files.mjs';
import { medianRecord } from './measure/median.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { bytes, formatTable, gain, seconds } from './measure/table.mjs';
import { assertSameTree, withWorkspace } from './measure/workspace.mjs';
import { makeGroup, measureOnce } from './p2psync/pair.mjs';
import { startRsyncDaemon } from './rsync/daemon.mjs';
import { fetchRsync } from './rsync/fetch-rsync.mjs';

const { values: args } = parseArgs({
  options: {
    'rsync-only': { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    files: { type: 'string', default: '100000' },
  },
});
const files = Number(args.files);

const rsync = fetchRsync();
const network = makeNetwork();
try {
  const [theirs, ours] = [[], []];
  for (let n = 0; n < Number(args.runs); n++) {
    theirs.push(await withWorkspace(measureTheirs));
    if (!args['rsync-only']) ours.push(await withWorkspace(measureOurs));
  }
  print(medianRecord(theirs), ours.length > 0 ? medianRecord(ours) : undefined);
} finally {
  network.remove();
}

async function measureTheirs(work) {
  const [source, copy] = [path.join(work, 'source'), path.join(work, 'copy')];
  writeSmallFiles(source, files, 'scale');
  fs.mkdirSync(copy);
  const daemon = await startRsyncDaemon({ rsync: rsync.command, network, work, serve: source });
  const pull = async () => {
    const before = network.wireBytes();
    const { seconds } = await daemon.pull(copy);
    return { seconds, wire: network.wireBytes() - before };
  };
  try {
    const figures = flat(await pull(), await pull());
    assertSameTree(source, copy);
    return figures;
  } finally {
    await daemon.stop();
  }
}

async function measureOurs(work) {
  const fill = (folder, name) => (name === 'answerer' ? writeSmallFiles(folder, files, 'scale') : undefined);
  const [asker, answerer] = await makeGroup({
    network,
    work: path.join(work, 'group'),
    names: ['asker', 'answerer'],
    fill,
  });
  const figures = flat(
    await measureOnce({ network, asker, answerer }),
    await measureOnce({ network, asker, answerer }),
  );
  assertSameTree(answerer.folder, asker.folder);
  return figures;
}

function flat(first, second) {
  return { newSeconds: first.seconds, newWire: first.wire, sameSeconds: second.seconds, sameWire: second.wire };
}

function print(theirs, ours) {
  const row = (name, show, field) => [
    name,
    show(ours?.[field]),
    show(theirs[field]),
    gain(theirs[field], ours?.[field]),
  ];
  const rows = [
    row('all new: time', seconds, 'newSeconds'),
    row('all new: bytes on the wire', bytes, 'newWire'),
    row('nothing to do: time', seconds, 'sameSeconds'),
    row('nothing to do: bytes on the wire', bytes, 'sameWire'),
  ];
  console.log(
    `${files} small files; rsync ${rsync.version}, Node ${process.versions.node}, median of ${args.runs} runs\n`,
  );
  console.log(formatTable(['', 'p2psync', 'rsync', 'better by'], rows));
}
