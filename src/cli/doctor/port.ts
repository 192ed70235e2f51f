/** Whether the port that peers look at is free here, or whose it is. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { DEFAULT_PORT } from '../../converge/run-options.js';
import type { Finding } from '../../report/finding.js';
import { portTaken } from '../../session/port-use.js';
import type { Invocation } from '../invocation.js';

export async function* portFindings({ settings }: Pick<Invocation, 'settings'>): AsyncGenerator<Finding> {
  const { port, interfaces } = settings;
  const host = interfaces.find((each) => /^[\d.]+$/.test(each));
  const code = await portTaken(port, host);
  if (code === undefined) {
    yield {
      about: 'port',
      level: 'note',
      message: `TCP port ${port} is free: nothing listens here now`,
      fix: 'p2psync listen',
    };
  } else if (code === 'EADDRINUSE') yield takenBy(holderOf(port), port);
  else {
    const message = `TCP port ${port} cannot be opened (${code})`;
    yield {
      about: 'port',
      level: 'failure',
      message,
      fix: `p2psync listen --port ${port < 1024 ? DEFAULT_PORT : port + 1}`,
    };
  }
}

interface Holder {
  readonly pid: number;
  readonly command: string;
}

function takenBy(holder: Holder | undefined, port: number): Finding {
  if (holder !== undefined && /\blisten\b/.test(holder.command) && /p2psync|cli\.js/.test(holder.command)) {
    return { about: 'port', level: 'good', message: `TCP port ${port}: p2psync listens (process ${holder.pid})` };
  }
  const who =
    holder === undefined
      ? 'another program, or another user’s p2psync'
      : `process ${holder.pid} (${holder.command.slice(0, 60)})`;
  const message = `TCP port ${port} is taken by ${who}; \`p2psync listen\` takes the next free one, which broadcasts find and --peer must name`;
  return { about: 'port', level: 'note', message, fix: `sudo ss -ltnp 'sport = :${port}'` };
}

/** Looks through /proc, which shows a user their own processes (root: all). */
function holderOf(port: number): Holder | undefined {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of entriesOf('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of entriesOf(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), command: commandOf(pid) };
    }
  }
  return undefined;
}

/** proc_net_tcp: `sl local_address rem_address st … inode`, addresses as hex `ADDRESS:PORT`, state 0A is LISTEN. */
function listeningInodes(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => textOf(file).split('\n').slice(1));
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter((cells) => cells[3] === '0A');
  return new Set(listening.filter((cells) => cells[1]?.endsWith(`:${wanted}`)).flatMap((cells) => cells[9] ?? []));
}

function commandOf(pid: string): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** A process may end while it is looked at, and those of others are not shown. */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const entriesOf = (directory: string): string[] => quietly(() => readdirSync(directory), []);
const targetOf = (link: string): string => quietly(() => readlinkSync(link), '');
const textOf = (file: string): string => quietly(() => readFileSync(file, 'utf8'), '');
