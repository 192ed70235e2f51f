/**
 * Where attacks take place: a listener that is attacked, a machine that runs `once`, a tree of canaries beside them, and
 * around each test of the file, without its doing, the five things that must hold after every attack
 * (docs/SECURITY.md, "What is tested, and where").
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type Finished, type Listener, type Machine, makeMachine, type Run } from '../../../scripts/machine.mjs';
import { parseInvite } from '../../../src/wire/invite.js';
import type { GroupKey } from '../../../src/wire/key-schedule.js';
import { snapshot, writeTree } from '../group.js';
import { type Found, find, type HostileListener, hostileListener } from './hostile-peer.js';
import { forgetPeak, isAlive, memoryOf, PeakWatch } from './process-figures.js';

/** kB that a process may grow while it is attacked. */
const GROWTH_MAX = 64 * 1024;
/** What a command may end with: the manual's statuses but `a bug`. */
const STATUSES = [0, 1, 2, 20, 21, 22, 23, 26, 27, 28, 30];
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
  /** `client` with the environment that this process has now. */
  clientOfNow(): Machine;
  /** Listeners of this process, to lie to `client`. */
  readonly liars: readonly HostileListener[];
  /** A run of `once` that meets the first liars and the honest listener. */
  meet(liars?: number, options?: readonly string[]): Promise<Run>;
  /** A new file goes from `client` to `server`, and all else that differs, by a run that meets nobody else. */
  honestRun(): Promise<void>;
  /** For this test only: kB that the listener or a command may grow. A test that calls this asserts or explains its own bound. */
  mayGrow(who: 'listener' | 'command', kilobytes: number): void;
}

interface Guarded extends Arena {
  before(): void;
  after(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One arena for all tests of a file, handed to `take` before the first of them. After each test: the canaries are as
 * they were; the listener lives, and every command has ended with a status of the manual; neither has grown by more
 * than GROWTH_MAX; nothing is left in a stage; an honest run succeeds.
 */
export function useArena(take: (arena: Arena) => void, options: ArenaOptions = {}): void {
  let arena: Guarded | undefined;
  beforeAll(async () => {
    arena = await makeArena(options);
    take(arena);
  });
  beforeEach(() => arena?.before());
  afterEach(() => arena?.after());
  afterAll(() => arena?.close());
}

async function makeArena({ liars: count = LIARS, listen = [] }: ArenaOptions): Promise<Guarded> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-hostile-'));
  const peaks = new PeakWatch();
  const machine = (name: string): Machine =>
    watched(
      makeMachine({ name, folder: path.join(directory, name), home: path.join(directory, `${name}-home`) }),
      peaks,
    );
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

  const honestRun = async (): Promise<void> => {
    const name = `honest-${++honestRuns}`;
    writeTree(client.folder, { [name]: name });
    const run = await client.once({ ports: [listener.port] });
    expect(run.summary).toMatchObject({ converged: true });
    expect(fs.readFileSync(path.join(server.folder, name), 'utf8')).toBe(name);
  };
  await honestRun();
  peaks.stop();
  await honestRun(); // the second one: everything is loaded and the first files are there
  const ordinary = peaks.stop();
  let memory = 0;
  const allowed = { listener: GROWTH_MAX, command: GROWTH_MAX };

  return {
    directory,
    key,
    server,
    listener,
    found,
    client,
    clientOfNow: () => machine('client'),
    liars,
    meet: async (met = 1, options = []) => {
      const ports = [...liars.slice(0, met).map(({ port }) => port), listener.port];
      const run = await client.once({ ports, options: ['--timeout', TIMEOUT, ...options], accept: STATUSES });
      expect(run.summary).toBeDefined();
      return run;
    },
    honestRun,
    mayGrow: (who, kilobytes) => {
      allowed[who] = kilobytes;
    },
    before: () => {
      allowed.listener = allowed.command = GROWTH_MAX;
      peaks.stop();
      memory = memoryOf(listener.pid, 'VmRSS');
      forgetPeak(listener.pid);
    },
    after: async () => {
      expect(isAlive(listener.pid), 'the listener lives').toBe(true);
      expect(memoryOf(listener.pid, 'VmHWM') - memory, 'kB that the listener grew').toBeLessThan(allowed.listener);
      expect(peaks.stop() - ordinary, 'kB that a command took more than usual').toBeLessThan(allowed.command);
      expect(snapshot(path.join(directory, 'canary')), 'the tree outside').toEqual(canary);
      await settled(() => stagedFiles(server.folder).length === 0);
      for (const { folder } of [server, client]) expect(stagedFiles(folder), 'what is in the stage').toEqual([]);
      await honestRun();
    },
    close: async () => {
      await Promise.all(liars.map((liar) => liar.close()));
      const status = await listener.stop();
      execFileSync('rm', ['-rf', directory]); // Node's own fails where liars have made paths of more than 4,096 bytes
      expect([0, 143]).toContain(status);
    },
  };
}

/** A machine whose commands are watched: their memory goes to `peaks`, and their status must be one of the manual. */
function watched(machine: Machine, peaks: PeakWatch): Machine {
  const onStart = (pid: number): void => peaks.start(pid);
  const typed = async <T extends Finished>(ended: Promise<T>): Promise<T> => {
    const run = await ended;
    expect(STATUSES).toContain(run.status);
    return run;
  };
  return {
    ...machine,
    once: (settings) => typed(machine.once({ ...settings, onStart })),
    check: (settings) => typed(machine.check({ ...settings, onStart })),
    run: (args, settings) => typed(machine.run(args, { ...settings, onStart })),
  };
}

/** Files in the stage; a guard is a replaced file that is kept for a while on purpose. */
function stagedFiles(folder: string): string[] {
  const stage = path.join(folder, '.p2psync/stage');
  if (!fs.existsSync(stage)) return [];
  const names = fs.readdirSync(stage, { recursive: true }) as string[];
  return names.filter((name) => /^(file|link)-/.test(path.basename(name)));
}

/** Waits, for as long as it is reasonable, until something holds. */
export async function settled(holds: () => boolean, ms = 8_000): Promise<void> {
  for (const end = Date.now() + ms; !holds() && Date.now() < end; ) await new Promise((r) => setTimeout(r, 20));
}
