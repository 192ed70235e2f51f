/** A network namespace whose loopback is as slow as a test wants it; root on Linux alone can make one. */
import { execFileSync } from 'node:child_process';

const NAME = `p2psync-limited-${process.pid}`;
let made = 0;

export interface LimitedNetwork {
  /** Put before a command, it runs inside. */
  readonly enter: readonly string[];
  /** From now on, `rate` as tc has it (`1mbit`). */
  limit(rate: string): void;
}

/** `atEnd`: takes what removes it. `mtu`: bytes of a packet. */
export function limitedNetwork(atEnd: (undo: () => void) => void, mtu = 65_536): LimitedNetwork {
  const name = `${NAME}-${made++}`;
  run('ip', 'netns', 'add', name);
  atEnd(() => run('ip', 'netns', 'delete', name));
  run('ip', '-n', name, 'link', 'set', 'lo', 'up', 'mtu', String(mtu));
  return {
    enter: ['nsenter', `--net=/run/netns/${name}`, '--'],
    limit: (rate) => {
      const burst = `${Math.max(4, Math.ceil((4 * mtu) / 1024))}kb`;
      run(
        'tc',
        '-n',
        name,
        'qdisc',
        'add',
        'dev',
        'lo',
        'root',
        'tbf',
        'rate',
        rate,
        'burst',
        burst,
        'latency',
        '500ms',
      );
    },
  };
}

export function canLimit(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  let undo = () => {};
  try {
    limitedNetwork((end) => {
      undo = end;
    }).limit('1mbit');
    return true;
  } catch {
    return false;
  } finally {
    undo();
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'ignore' });
}
