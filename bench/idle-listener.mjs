/**
 * What a listener of several folders holds while it has nothing to do: resident memory from its start on, after each
 * folder was scanned for the first time by a `check`, and some time after the last.
 * `node bench/idle-listener.mjs [--folders 10] [--files 100000]`
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeMachine } from '../scripts/machine.mjs';
import { writeManyFiles } from './data/small-files.mjs';
import { makeNetwork } from './measure/net-namespace.mjs';
import { withWorkspace } from './measure/workspace.mjs';

const { values: args } = parseArgs({
  options: { folders: { type: 'string', default: '10' }, files: { type: 'string', default: '100000' } },
});
const FILES = Number(args.files);
/** Seconds after the last session at which memory is looked at. */
const LOOKS = [2, 15];
/** An empty folder beside a full one: `check` says that they differ. */
const DIFFER = 1;

const network = makeNetwork();
try {
  await withWorkspace(measure);
} finally {
  network.remove();
}

async function measure(work) {
  const made = (name, home) =>
    makeMachine({ name, folder: path.join(work, name), home: path.join(work, home), enter: network.enter });
  const pairs = [];
  for (let i = 0; i < Number(args.folders); i++) {
    const [full, empty] = [made(`full-${i}`, 'listens'), made(`empty-${i}`, 'asks')];
    writeManyFiles(full.folder, { files: FILES, directories: Math.ceil(FILES / 500), from: 80, to: 80, empty: 9 });
    await empty.join(await full.init());
    pairs.push({ full, empty });
  }
  const [first, ...others] = pairs.map(({ full }) => full);
  const listener = await first.listen({ options: others.map(({ folder }) => folder) });
  try {
    tell('started', listener.pid);
    for (const { empty } of pairs) {
      await empty.check({ ports: [listener.port], accept: [0, DIFFER] });
      tell(`${path.basename(empty.folder)} has asked`, listener.pid);
    }
    let since = 0;
    for (const seconds of LOOKS) {
      await sleep((seconds - since) * 1000);
      since = seconds;
      tell(`idle for ${seconds} s`, listener.pid);
    }
  } finally {
    await listener.stop();
  }
}

function tell(when, pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field) => (Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)[1]) / 1024).toFixed(0);
  const parts = `${mib('RssAnon')} of its own, ${mib('RssFile')} program, ${mib('RssShmem')} maps of the state`;
  console.log(`${when}: ${mib('VmRSS')} MiB (${parts}); peak ${mib('VmHWM')} MiB`);
}
