/**
 * `node bench/reuse-index.mjs [--gigabytes N]`: what looking for parts of new files costs in a large folder. The receiver
 * has N GB in files of 10 MB; what comes is a file of 100 MB, nine tenths of it parts of twenty of those. Once without the
 * tier, then with it for a first and for a second such file: time, bytes on the wire and peak memory of the receiver.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { randomBytesOf, randomNumbers, writeRandomFile } from './data/random.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { bytes, formatTable, seconds } from './measure/table.mjs';
import { withWorkspace } from './measure/workspace.mjs';
import { makeGroup, measureOnce } from './p2psync/pair.mjs';

const MB = 1_000_000;
const FILE = 10 * MB;
const PARTS = 20;

const { values: args } = parseArgs({ options: { gigabytes: { type: 'string', default: '10' } } });
const count = Math.round((Number(args.gigabytes) * 1000 * MB) / FILE);
const network = makeNetwork();
try {
  await withWorkspace(measure);
} finally {
  network.remove();
}

async function measure(work) {
  const [receiver, sender] = await makeGroup({
    network,
    work: path.join(work, 'group'),
    names: ['receiver', 'sender'],
  });
  for (let n = 0; n < count; n++) writeRandomFile(path.join(receiver.folder, `old-${n}.bin`), FILE, `old ${n}`);
  const listener = await sender.listen();
  const pair = { network, asker: receiver, answerer: sender, listener, memory: true };
  // A dry run scans and records what is here, and moves nothing.
  const scan = await receiver.once({ ports: [listener.port], options: ['--dry-run'], accept: [1] });
  const rows = [['first scan', seconds(scan.seconds), undefined, undefined]];
  for (const [name, reuse] of [
    ['without the tier', 'never'],
    ['with it, the first new file', 'auto'],
    ['the second', 'auto'],
  ]) {
    const file = `new-${rows.length}.bin`;
    writeComposed(path.join(sender.folder, file), receiver.folder, file);
    const options = ['--only', 'new-*', '--reuse', reuse];
    const figures = await measureOnce({ ...pair, options });
    if (!fs.readFileSync(path.join(sender.folder, file)).equals(fs.readFileSync(path.join(receiver.folder, file)))) {
      throw new Error(`${file} did not arrive as it was`);
    }
    rows.push([name, seconds(figures.seconds), bytes(figures.wire), bytes(figures.peak)]);
  }
  await listener.stop();
  console.log(
    `${count} files of 10 MB; then files of 100 MB that are nine tenths old. Node ${process.versions.node}\n`,
  );
  console.log(formatTable(['', 'time', 'wire', 'peak memory of the receiver'], rows));
}

/** Parts of other files, each behind new bytes. */
function writeComposed(file, folder, seed) {
  const [next, pick] = [randomBytesOf(seed), randomNumbers(seed)];
  const part = (9 * FILE) / PARTS;
  const pieces = Array.from({ length: PARTS }, () => {
    const old = fs.readFileSync(path.join(folder, `old-${pick(count)}.bin`));
    const start = pick(old.length - part);
    return [next(FILE / PARTS), old.subarray(start, start + part)];
  });
  fs.writeFileSync(file, Buffer.concat(pieces.flat()));
}
