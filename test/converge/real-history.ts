/** Plays a history on replicas with real disks, by whatever carries out the runs, and checks the invariants. */
import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { initFolder, joinFolder } from '../../src/group/join.js';
import { stateDirOf } from '../../src/group/state-dir.js';
import type { RelPath } from '../../src/model/path.js';
import { openState } from '../../src/state/lmdb-state.js';
import { LABELS } from '../plan/check-history.js';
import { type History, type Kinds, type RunStep, randomHistory } from '../plan/history.js';
import type { Node } from '../plan/node.js';
import { checkAll } from '../plan/seeds.js';
import { checkNothingRemoved, checkSurvival } from '../plan/survival.js';
import { Users } from '../plan/users.js';
import { DEFAULTS } from '../plan/world.js';
import { RealSite } from './real-site.js';

/** What a run said of itself: events, or lines of JSON. The summary is the last of them. */
export type Said = readonly { readonly type: string; readonly [field: string]: unknown }[];

/** Has folders converge. The first is the initiator; `consents[i]`: replica i allows deletes. */
export type Converge = (
  among: readonly RealSite[],
  policy: RunStep['policy'],
  consents: readonly boolean[],
) => Promise<Said>;

/** As many random histories as asked for, from {@link SEED} on; returns how many runs they had. */
export async function checkRealHistories(count: number, kinds: Kinds, converge: Converge): Promise<number> {
  let runs = 0;
  const counted: Converge = (...args) => {
    runs++;
    return converge(...args);
  };
  const historyOf = (seed: number): History => randomHistory(seed, { ...kinds, without: ['forget'], calm: true });
  await checkAll(count, historyOf, (history) => checkRealHistory(history, counted));
  return runs;
}

export function checkRealHistory(history: History, converge: Converge): Promise<void> {
  return withSites(history.replicas, (sites) => play(history, sites, converge));
}

/** A group of so many empty folders, for as long as `use` takes. */
export async function withSites(count: number, use: (sites: readonly RealSite[]) => Promise<void>): Promise<void> {
  const base = fs.realpathSync(fs.mkdtempSync(path.join(diskForTests(), 'p2psync-history-')));
  try {
    const sites = LABELS.slice(0, count).map((label) => new RealSite(label, path.join(base, label)));
    joinAll(sites);
    await use(sites);
  } finally {
    fs.rmSync(base, { recursive: true, force: true });
  }
}

/** Makes a group of these, as `init` and `join` do. */
function joinAll(sites: readonly RealSite[]): void {
  const [first, ...others] = sites as readonly [RealSite, ...RealSite[]];
  const { key } = initFolder(first.folder, first.env).folder;
  for (const { folder, env } of others) joinFolder(folder, key, env);
}

/** Memory where there is such a disk: this is about meaning, not about durability. */
function diskForTests(): string {
  return fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
}

async function play(history: History, sites: readonly RealSite[], converge: Converge): Promise<void> {
  const users = new Users(sites, history.skews);
  for (const step of history.steps) {
    if (step.op === 'run') await checkRun(step, sites, users, converge);
    else users.act(sites[step.at] as RealSite, step);
  }
  for (const site of sites) site.ignored.clear();
  const all = sites.map((_, i) => i);
  const last: RunStep = { op: 'run', among: all, policy: DEFAULTS, dissent: 0, faults: 0, meanwhile: [] };
  await checkRun(last, sites, users, converge);
  const again = await converge(
    sites,
    DEFAULTS,
    sites.map(() => true),
  );
  assert.deepEqual(changesOf(again), [], '(5) a second run');
  assert.equal(contentOf(again), 0, '(5) content of a second run');
  assert.deepEqual(failuresOf(again), [], '(5) failures of a second run');
}

async function checkRun(step: RunStep, sites: readonly RealSite[], users: Users, converge: Converge): Promise<void> {
  const among = step.among.map((i) => sites[i] as RealSite);
  const before = new Map(among.map((site) => [site, new Map(site.disk.entries())] as const));
  const consents = step.among.map((i, place) => place === 0 || ((step.dissent >> i) & 1) === 0);
  const said = await converge(among, step.policy, consents);
  // A plain run makes tombstones of conflict copies alone, and of those the truth knows anyway.
  if (step.policy.deletes)
    for (const site of among) for (const name of await tombstonesOf(site)) users.truth.claimed.add(name);
  checkSurvival(sites, before, users.truth);
  if (!step.policy.deletes) checkNothingRemoved(before);
  const calm = consents.every(Boolean) && among.every(({ ignored }) => ignored.size === 0);
  if (!calm || step.policy.conflict === 'fail') return;
  assert.deepEqual(failuresOf(said), [], '(4) failures of a run that nothing disturbed');
  for (const site of among.slice(1))
    assert.deepEqual(picture(site), picture(among[0] as RealSite), `(4) ${site.label}`);
}

/** `path action` of each change on any disk. */
export function changesOf(said: Said): string[] {
  return said.flatMap(({ type, path: at, action }) => (type === 'change' ? [`${at} ${action}`] : []));
}

/** Bytes of content that crossed the wire or were copied. */
export function contentOf(said: Said): number {
  const { literalBytes, matchedBytes, reusedBytes } = said.at(-1) as Said[number];
  return Number(literalBytes) + Number(matchedBytes) + Number(reusedBytes);
}

/** Messages of problems that count as failures. */
export function failuresOf(said: Said): string[] {
  return said.flatMap(({ type, fatal, message }) => (type === 'problem' && fatal ? [String(message)] : []));
}

export function picture({ disk }: RealSite): Record<string, Node> {
  return Object.fromEntries([...disk.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Paths of which the replica's state has a tombstone. */
async function tombstonesOf({ folder, env }: RealSite): Promise<RelPath[]> {
  const state = openState(stateDirOf(folder, env), { random: () => new Uint8Array(7), durable: false });
  const found: RelPath[] = [];
  const visit = (directory: RelPath): void => {
    for (const { name, kind } of state.directory(directory) ?? []) {
      const below = (directory === '' ? name : `${directory}/${name}`) as RelPath;
      if (kind === 'deleted') found.push(below);
      visit(below);
    }
  };
  visit('' as RelPath);
  await state.close();
  return found;
}
