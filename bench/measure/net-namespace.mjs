/**
 * A network of one's own for a measurement: a fresh network namespace with nothing but its loopback. Whatever its
 * programs say to each other passes that interface, so its transmit counter holds every byte on the wire exactly
 * once, both directions together: payload, TLS, TCP and IP headers, handshakes and acknowledgements.
 * Needs root (or CAP_NET_ADMIN) and iproute2.
 */
import { execFileSync } from 'node:child_process';
import { cleanUp } from './clean-up.mjs';

/** @returns {{ enter: string[], wireBytes(): number, remove(): void }} `enter` goes before a command to run it inside. */
export function makeNetwork(name = `p2psync-bench-${process.pid}`) {
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const enter = ['nsenter', `--net=/run/netns/${name}`, '--'];
  return {
    enter,
    wireBytes: () =>
      transmitted(execFileSync(enter[0], [...enter.slice(1), 'cat', '/proc/self/net/dev'], { encoding: 'utf8' })),
    remove: cleanUp(() => removeNamespace(name)),
  };
}

/** Ends what still runs inside, too: a daemon outlives a measurement that was interrupted. */
function removeNamespace(name) {
  const inside = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const pid of inside) process.kill(Number(pid));
  execFileSync('ip', ['netns', 'delete', name]);
}

/** Bytes transmitted by `lo`: the ninth counter of its line in /proc/net/dev. */
function transmitted(table) {
  const line = table.split('\n').find((row) => row.trim().startsWith('lo:'));
  const bytes = Number(line?.trim().split(/[:\s]+/)[9]);
  if (!Number.isSafeInteger(bytes)) throw new Error(`expected a line of counters for lo, got:\n${table}`);
  return bytes;
}
