/** The interfaces, where their broadcasts go, and whether an own probe comes back there. */
import { type Interface, localInterfaces } from '../../discovery/interfaces.js';
import { hearOneself } from '../../discovery/self-probe.js';
import type { Finding } from '../../report/finding.js';
import { expectedError } from '../expected-error.js';
import type { Invocation } from '../invocation.js';

/** Milliseconds; on one computer an echo takes less than one. */
const ECHO_WAIT = 1_000;

export async function* networkFindings({ settings }: Pick<Invocation, 'settings'>): AsyncGenerator<Finding> {
  const all = localInterfaces(settings.interfaces);
  if (settings.interfaces.length === 0 && all.every(({ loopback }) => loopback)) {
    yield {
      about: 'interface',
      level: 'failure',
      message: 'no network interface is up but the loopback, which leads to this computer alone',
      fix:
        process.platform === 'linux'
          ? 'ip -brief link; sudo ip link set NAME up'
          : 'connect this computer to the network',
    };
  }
  for (const item of all) {
    yield describe(item);
    if (item.broadcast !== undefined) yield await echo(item, settings.port);
  }
}

function describe({ name, address, broadcast }: Interface): Finding {
  if (broadcast !== undefined) {
    return { about: 'interface', level: 'good', message: `${name}: ${address}, broadcasts to ${broadcast}` };
  }
  const message = `${name}: ${address} has no broadcast; peers behind it are not found by themselves`;
  return { about: 'interface', level: 'note', message, fix: 'p2psync once --peer HOST' };
}

async function echo(item: Interface, port: number): Promise<Finding> {
  const where = `${item.name}: ${item.broadcast}:${port}`;
  try {
    const { rttMs, problems } = await hearOneself(item, port, ECHO_WAIT);
    if (rttMs !== undefined) {
      return { about: 'echo', level: 'good', message: `${where}: an own probe came back in ${rttMs.toFixed(1)}ms` };
    }
    const why = problems.length > 0 ? `: ${problems.join('; ')}` : '; a firewall may drop it';
    return {
      about: 'echo',
      level: 'failure',
      message: `${where}: an own probe did not come back${why}`,
      ...fix(problems, port),
    };
  } catch (error) {
    const expected = expectedError(error);
    if (expected === undefined) throw error;
    return { about: 'echo', level: 'failure', message: `${where}: ${expected.message}` };
  }
}

function fix(problems: readonly string[], port: number): { fix: string } {
  const taken = problems.some((problem) => problem.includes('is taken'));
  return { fix: taken ? `sudo ss -lunp 'sport = :${port}'` : `p2psync once --peer HOST:${port}` };
}
