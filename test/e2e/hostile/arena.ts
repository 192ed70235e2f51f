/**
 * Where attacks take place: a listener that is attacked, a machine that runs `once`, a tree of canaries beside them,
 * and the five things that must hold after every attack (docs/SECURITY.md, "What is tested, and where").
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { type Listener, type Machine, makeMachine, type Run } from '../../../scripts/machine.mjs';
import { parseInvite } from '../../../src/wire/invite.js';
import type { GroupKey } from '../../../src/wire/key-schedule.js';
import { snapshot, writeTree } from '../group.js';
import { type Found, find, type HostileListener, hostileListener } from './hostile-peer.js';

/** kB that a process may grow while it is attacked. */
const GROWTH_MAX = 64 * 1024;
/** What `once` may end with: the manual's statuses but `a bug`. */
const STATUSES = [0, 1, 21, 22, 23, 26, 27, 28, 30];
/** Short, so that a stall costs little, yet longer than this machine's hiccups. */
export const TIMEOUT = '3s';
/** Liars that one run can meet, unless said otherwise. */
const LIARS = 6;

export interface ArenaOptions {
  readonly liars?: number;
  /** Further options of the listener. */
  readonly listen?: readonly string[];
}

export interface Arena {
  readonly directory: string;
  readonly key: GroupKey;
  /** Listens; its folder is the attacked one of tests L. */
  readonly server: Machine;
  readonly listener: Listener;
  readonly found: Found;
  /** Runs `once`; its folder is the attacked one of tests I. */
  readonly client: Machine;
  /** Listeners of this process, to lie to `client`. */
  readonly liars: readonly HostileListener[];
  /** The five assertions around an attack on the listener. */
  attackListener<T>(attack: () => Promise<T>): Promise<T>;
  /** The same around a run of `once` that meets the first liars and the honest listener. */
  attackInitiator(liars?: number, options?: readonly string[]): Promise<Run>;
  close(): Promise<void>;
}

export async function makeArena({ liars: count = LIARS, listen = [] }: ArenaOptions = {}): Promise<Arena> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-hostile-'));
  const machine = (name: string): Machine =>
    makeMachine({ name, folder: path.join(directory, name), home: path.join(directory, `${name}-home`) });
  const [server, client] = [machine('server'), machine('client')];
  writeTree(path.join(directory, 'canary'), { secret: 'untouched', 'sub/deeper': 'untouched too' });
  writeTree(server.folder, { 'kept.txt': 'kept', 'sub/inner': 'inner' });
  const invite = await server.init();
  await client.join(invite);
  const key = parseInvite(invite);
  const listener = await server.listen({
    port: 31_000 + (process.pid % 500) * 40,
    options: ['--timeout', TIMEOUT, ...listen],
  });
  const found = await find(key, listener.port);
  const liars = await Promise.all(Array.from({ length: count }, () => hostileListener(key)));
  const canary = snapshot(path.join(directory, 'canary'));
  let honestRuns = 0;

  const honest = async (): Promise<number> => {
    const name = `honest-${++honestRuns}`;
    writeTree(client.folder, { [name]: name });
    const measured = watchMemory();
    const run = await client.once({ ports: [listener.port], onStart: measured.start });
    expect(run.summary).toMatchObject({ converged: true });
    expect(fs.readFileSync(path.join(server.folder, name), 'utf8')).toBe(name);
    return measured.stop();
  };
  const unharmed = (): void => {
    expect(snapshot(path.join(directory, 'canary'))).toEqual(canary);
    expect(stagedFiles(server.folder)).toEqual([]);
    expect(stagedFiles(client.folder)).toEqual([]);
    expect(isAlive(listener.pid)).toBe(true);
  };
  await honest();
  const ordinary = await honest(); // the second one: everything is loaded and the first files are there

  return {
    directory,
    key,
    server,
    listener,
    found,
    client,
    liars,
    async attackListener(attack) {
      const before = memoryOf(listener.pid, 'VmRSS');
      forgetPeak(listener.pid);
      const outcome = await attack();
      expect(memoryOf(listener.pid, 'VmHWM') - before).toBeLessThan(GROWTH_MAX);
      await settled(() => stagedFiles(server.folder).length === 0);
      unharmed();
      await honest();
      return outcome;
    },
    async attackInitiator(met = 1, options = []) {
      const measured = watchMemory();
      const ports = [...liars.slice(0, met).map(({ port }) => port), listener.port];
      const settings = ['--timeout', TIMEOUT, ...options];
      const run = await client.once({ ports, options: settings, accept: STATUSES, onStart: measured.start });
      expect(measured.stop() - ordinary).toBeLessThan(GROWTH_MAX);
      expect(run.summary).toBeDefined();
      unharmed();
      await honest();
      return run;
    },
    async close() {
      await Promise.all(liars.map((liar) => liar.close()));
      const status = await listener.stop();
      fs.rmSync(directory, { recursive: true, force: true });
      expect([0, 143]).toContain(status);
    },
  };
}

/** Files in the stage; a guard is a replaced file that is kept for a while on purpose. */
export function stagedFiles(folder: string): string[] {
  const stage = path.join(folder, '.p2psync/stage');
  if (!fs.existsSync(stage)) return [];
  const names = fs.readdirSync(stage, { recursive: true }) as string[];
  return names.filter((name) => /^(file|link)-/.test(path.basename(name)));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** kB. */
export function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]);
}

export function descriptorsOf(pid: number): number {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

export function forgetPeak(pid: number): void {
  fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Waits, for as long as it is reasonable, until something holds. */
export async function settled(holds: () => boolean, ms = 8_000): Promise<void> {
  for (const end = Date.now() + ms; !holds() && Date.now() < end; ) await new Promise((r) => setTimeout(r, 20));
}

/** The highest memory of a process that comes and goes, in kB. */
function watchMemory(): { start: (pid: number) => void; stop: () => number } {
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (pid: number): void => {
    try {
      peak = Math.max(peak, memoryOf(pid, 'VmHWM') || 0);
    } catch {
      clearInterval(timer);
    }
  };
  return {
    start: (pid) => {
      timer = setInterval(() => look(pid), 20);
    },
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}
