/**
 * Two machines of one group inside a network namespace, and a measured `once` between them. The listener runs before
 * the clock starts, as an rsync daemon does; everything else counts: starting Node, TLS, both scans, fsync.
 */
import fs from 'node:fs';
import path from 'node:path';
import { makeMachine } from '../../scripts/machine.mjs';
import { peakOf, watchMemory } from '../measure/peak-memory.mjs';

/** `fill(folder)` puts the same content into each of the machines' folders before they join. */
export async function makeGroup({ network, work, names, fill }) {
  fs.rmSync(work, { recursive: true, force: true });
  const machines = names.map((name) =>
    makeMachine({
      name,
      folder: path.join(work, name, 'folder'),
      home: path.join(work, name, 'home'),
      enter: network.enter,
    }),
  );
  for (const machine of machines) fill?.(machine.folder, machine.name);
  const [first, ...others] = machines;
  const invite = await first.init();
  for (const machine of others) await machine.join(invite);
  return machines;
}

/**
 * `asker` runs `once` against `answerer`, once; what it took on the wire, in time and, if asked for, memory.
 * `silent`: without a line for each file, as rsync without -v. `listener`: one that runs already and goes on, as in daily use; else there is one for this run alone.
 */
export async function measureOnce({
  network,
  asker,
  answerer,
  listener: running,
  memory = false,
  options = [],
  silent = false,
}) {
  const listener = running ?? (await answerer.listen());
  try {
    const before = network.wireBytes();
    let watch;
    const onStart = (pid) => {
      if (memory) watch = watchMemory(pid);
    };
    const run = await asker[silent ? 'onceSilently' : 'once']({ ports: [listener.port], options, onStart });
    const wire = network.wireBytes() - before;
    return {
      seconds: run.seconds,
      wire,
      peak: watch?.(),
      listenerPeak: memory ? peakOf(listener.pid) : undefined,
      summary: run.summary,
    };
  } finally {
    if (running === undefined) await listener.stop();
  }
}

/** Both hold the same and know it: the history that an edit afterwards builds on. */
export async function converge({ asker, answerer }) {
  const listener = await answerer.listen();
  try {
    return await asker.once({ ports: [listener.port] });
  } finally {
    await listener.stop();
  }
}
