/**
 * `make bench`: what to expect of p2psync, beside rsync and beside starting Node at all.
 * 1. 256 MiB with 100 random overwrites of 4 KiB and 15 bytes put in near the start: wire, time, peak memory;
 * 2. a second run right after, which has nothing to do;
 * 3. `once` between two small folders that are equal already.
 * `node bench/headline.mjs [--rsync-only] [--runs N]`
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { forgetRsync, measureP2psync, measureRsync } from './cases/measure-edit.mjs';
import { insertBytes, overwriteBlocks } from './data/edit-file.mjs';
import { writeRandomFile } from './data/random.mjs';
import { writeManyFiles } from './data/small-files.mjs';
import { medianOf, medianRecord } from './measure/median.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { run } from './measure/run.mjs';
import { bytes, formatTable, gain, seconds } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';
import { makeGroup, measureOnce } from './p2psync/pair.mjs';
import { fetchRsync } from './rsync/fetch-rsync.mjs';

const { values: args } = parseArgs({
  options: { 'rsync-only': { type: 'boolean', default: false }, runs: { type: 'string', default: '5' } },
});
const runs = Number(args.runs);
const withOurs = !args['rsync-only'];

/** What one edit of a large file costs; the edit that the README speaks of. */
const EDIT = {
  before: (folder) => writeRandomFile(path.join(folder, 'large.bin'), 256 << 20, 'headline'),
  after: (folder) => {
    overwriteBlocks(path.join(folder, 'large.bin'), 100, 4096, 'headline edits');
    insertBytes(path.join(folder, 'large.bin'), 1000, Buffer.from('fifteen letters'));
  },
};

const rsync = fetchRsync();
const network = makeNetwork();
try {
  console.log(`rsync ${rsync.version}, Node ${process.versions.node}, median of ${runs} runs\n`);
  await withWorkspace(largeFile);
  if (withOurs) await withWorkspace(smallFolder);
} finally {
  network.remove();
}

async function largeFile(work) {
  const [theirs, ours] = [[], []];
  const place = { rsync: rsync.command, network, work, edit: EDIT };
  for (let n = 0; n < runs; n++) {
    theirs.push(await measureRsync(place));
    if (withOurs) ours.push(await measureP2psync({ network, work, edit: EDIT, again: true }));
  }
  const theirMemory = await measureRsync({ ...place, memory: true });
  const ourMemory = withOurs ? await measureP2psync({ network, work, edit: EDIT, memory: true }) : undefined;
  forgetRsync(work);
  printLargeFile(medianRecord(theirs), theirMemory, medianOurs(ours), ourMemory);
}

function medianOurs(all) {
  if (all.length === 0) return undefined;
  const first = medianRecord(all.map(({ seconds, wire }) => ({ seconds, wire })));
  return { ...first, again: medianRecord(all.map(({ again }) => ({ seconds: again.seconds, wire: again.wire }))) };
}

function printLargeFile(theirs, theirMemory, ours, ourMemory) {
  const row = (name, show, rsyncs, our) => [name, show(our), show(rsyncs), gain(rsyncs, our)];
  const rows = [
    row('bytes on the wire', bytes, theirs.wire, ours?.wire),
    row('time', seconds, theirs.seconds, ours?.seconds),
    row('peak memory, receiver', bytes, theirMemory.peak, ourMemory?.peak),
    row('peak memory, listener', bytes, undefined, ourMemory?.listenerPeak),
    row('a second run: bytes on the wire', bytes, undefined, ours?.again.wire),
    row('a second run: time', seconds, undefined, ours?.again.seconds),
  ];
  console.log('256 MiB, 100 overwrites of 4 KiB and 15 bytes put in near the start\n');
  console.log(`${formatTable(['', 'p2psync', 'rsync', 'better by'], rows)}\n`);
}

/** The least a command costs on this machine is starting Node; a run with nothing to do should be little more. */
async function smallFolder(work) {
  const fill = (folder) => writeManyFiles(folder, { files: 100, directories: 2, from: 1, to: 4096 });
  const [asker, answerer] = await makeGroup({
    network,
    work: path.join(work, 'small'),
    names: ['asker', 'answerer'],
    fill,
  });
  const listener = await answerer.listen();
  const [once, node] = [[], []];
  try {
    await asker.once({ ports: [listener.port] });
    for (let n = 0; n < runs * 2; n++) {
      node.push((await run([...network.enter, process.execPath, '-e', '0'])).seconds);
      once.push(await measureOnce({ network, asker, answerer, listener }));
    }
  } finally {
    await listener.stop();
  }
  const rows = [
    ['node -e 0', seconds(medianOf(node)), undefined],
    ['p2psync once', seconds(medianOf(once.map((one) => one.seconds))), bytes(medianOf(once.map((one) => one.wire)))],
  ];
  console.log('100 small files, equal on both machines\n');
  console.log(formatTable(['', 'time', 'wire'], rows));
}
