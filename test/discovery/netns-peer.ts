/**
 * One computer of the network-namespace test, bundled and run inside its namespace: `listen` prints "ready" and
 * answers until standard input ends, `find` prints what a search found. The group's secret comes by
 * standard input's first line, as it never comes by arguments.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { localInterfaces } from '../../src/discovery/interfaces.js';
import { discover } from '../../src/discovery/probe.js';
import { startResponder } from '../../src/discovery/responder.js';

const [command, port] = [process.argv[2], Number(process.argv[3])];
const lines = createInterface({ input: process.stdin });
const secret = await new Promise<string>((resolve) => lines.once('line', resolve));
const key = { secret: Buffer.from(secret, 'hex'), epoch: 1 };

if (command === 'listen') {
  const listenerId = randomBytes(16);
  const responder = await startResponder({
    folders: () => [{ key, listenerId }],
    tcpPort: port,
    discoveryPort: port,
    interfaces: localInterfaces,
    now: Date.now,
  });
  process.stdout.write(`ready ${responder.addresses.join(' ')} ${responder.problems.join(' ')}\n`);
  lines.once('close', () => void responder.close());
} else {
  const { found, errors } = await discover({
    key,
    interfaces: localInterfaces(),
    port,
    waitMs: 1_000,
    known: [],
    explicit: [],
    broadcast: true,
    initiatorId: randomBytes(16),
    now: Date.now,
  });
  process.stdout.write(`${JSON.stringify({ hosts: found.map(({ host }) => host).sort(), errors })}\n`);
  lines.close();
}
