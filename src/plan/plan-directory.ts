/**
 * Plans one directory for any number of replicas: what each name shall be, who holds that, who lacks it and
 * what it will be for them. Pure, and but for the indices independent of the replicas' order
 * (docs/DESIGN.md §4).
 */
import { type Directory, type Entry, isLive, LINEAGE_MAX, lineageOf, sameContent, sameView } from '../model/entry.js';
import type { ChangeAction } from '../model/event.js';
import type { Name } from '../model/path.js';
import { compareVectors, covers } from '../model/version-vector.js';
import { align, type Row } from './align.js';
import { placeCopy } from './conflict-copy.js';
import { conflictNames } from './conflict-name.js';
import { type Merge, mergeVersions } from './merge-versions.js';
import type { Policy } from './policy.js';

/** `record`: only the history differs, nothing changes on the disk. */
export type Action = ChangeAction | 'record';

export interface Decision {
  /** What every replica shall have under `target.name`; without stat and summary. */
  readonly target: Entry;
  /** The name under which `holders` have the content now: for a conflict copy, that of the path in conflict. */
  readonly source: Name;
  /** Indices of the replicas that hold the content live, under `source` or under the target's name. */
  readonly holders: readonly number[];
  /** Indices of the replicas whose entry differs from the target in content, metadata or version. */
  readonly lacking: readonly number[];
  /** What the target is for each of `lacking`, in the same order. A hint: the receiver decides for itself. */
  readonly actions: readonly Action[];
  /** Names of the conflict copies that this path's losers become; they have decisions of their own. */
  readonly copies: readonly Name[];
  /** Some content lost its name, whether copied or (`newest`) discarded. */
  readonly conflict: boolean;
  /**
   * Why nothing is done, and `lacking` is empty: the run said `fail` on conflicts; all names for a conflict copy
   * are taken; the version vector has grown beyond reason.
   */
  readonly blocked?: 'conflict' | 'name' | 'vector';
}

export interface DirectoryPlan {
  /** In order of the names; only those that someone lacks, that are in conflict or blocked. */
  readonly decisions: readonly Decision[];
  /** Whether anything in this directory is live after the plan, names without a decision included. */
  readonly live: boolean;
  /**
   * Names that the plan removes or turns into a file although a replica has a directory there. If the plan for
   * what lies below leaves anything live, this directory must be planned again with the name in `alive`.
   */
  readonly unsettled: readonly Name[];
}

/** Pairs in a vector that a merge may make; more replicas and conflicts than any honest group has. */
export const VECTOR_PAIRS_MAX = 1024;

const NOTHING_ALIVE: ReadonlySet<Name> = new Set();

/** `replicas[i]`: what replica i has in this directory, empty if nothing. `alive`: see {@link DirectoryPlan}. */
export function planDirectory(
  replicas: readonly Directory[],
  policy: Policy,
  alive: ReadonlySet<Name> = NOTHING_ALIVE,
): DirectoryPlan {
  const rows = align(replicas);
  const drafts = new Map<Name, Draft>();
  for (const row of rows) drafts.set(row.name, draftOf(row, policy, alive.has(row.name)));
  for (const { name } of rows) placeCopies(drafts.get(name) as Draft, drafts, replicas.length);
  const decisions: Decision[] = [];
  let live = false;
  for (const draft of inOrder(drafts, rows)) {
    const decision = decide(draft, policy, alive);
    if (decision === undefined) continue;
    live ||= isLive(decision.target);
    if (decision.lacking.length > 0 || decision.conflict || decision.blocked !== undefined) decisions.push(decision);
  }
  const unsettled = rows.filter(({ name, entries }) => isUnsettled(entries, drafts.get(name)));
  return { decisions, live, unsettled: unsettled.map(({ name }) => name) };
}

/** A name on its way to a decision. */
interface Draft {
  readonly row: Row;
  /** Undefined where no replica claims anything. */
  readonly merge: Merge | undefined;
  blocked: Decision['blocked'];
  /** Names of the conflict copies that its losers become. */
  readonly copies: Name[];
  /** Losers that need no copy any more. */
  readonly cleared: Entry[];
  /** Conflict copies that come to this name, with the names that they lost. */
  readonly incoming: { readonly copy: Entry; readonly from: Row }[];
}

function draftOf(row: Row, policy: Policy, alive: boolean): Draft {
  const versions = claimsOf(row);
  const merge = versions.length === 0 ? undefined : mergeVersions(versions, policy, alive);
  const blocked = merge?.conflict && policy.conflict === 'fail' ? 'conflict' : undefined;
  return { row, merge, blocked, copies: [], cleared: [], incoming: [] };
}

function claimsOf(row: Row): Entry[] {
  return row.entries.filter((entry) => entry !== undefined && entry.kind !== 'absent') as Entry[];
}

/** Finds places for the losers of one name; they are merged with what is there later, when all are placed. */
function placeCopies(draft: Draft, drafts: Map<Name, Draft>, replicas: number): void {
  const { row, merge } = draft;
  if (merge === undefined || draft.blocked !== undefined) return;
  const at = (name: Name): Entry | undefined => drafts.get(name)?.incoming[0]?.copy ?? drafts.get(name)?.merge?.result;
  for (const copy of merge.copies) {
    const hasRoom = merge.result.lineage.length + draft.cleared.length < LINEAGE_MAX;
    if (hasRoom && isSettled(copy, row.name, at, merge.stale.has(copy.digest))) {
      draft.cleared.push(copy);
      continue;
    }
    const place = placeCopy(row.name, copy, at);
    if (place === undefined) {
      draft.blocked = 'name';
      return;
    }
    const { name } = place.entry;
    if (!drafts.has(name)) drafts.set(name, newDraft(name, replicas));
    drafts.get(name)?.incoming.push({ copy: place.make ? place.entry : { ...copy, name }, from: row });
    draft.copies.push(name);
  }
}

function newDraft(name: Name, replicas: number): Draft {
  const entries = new Array<undefined>(replicas).fill(undefined);
  return { row: { name, entries }, merge: undefined, blocked: undefined, copies: [], cleared: [], incoming: [] };
}

/**
 * Whether this conflict is resolved, because someone who had the copy before them edited it, or deleted it: then a
 * replica that was away meanwhile need not bring it back. (Content that loses *once more* after its copy was deleted
 * gets a copy once more; of an edited copy it is the older version whenever it comes.)
 */
function isSettled(copy: Entry, name: Name, at: (name: Name) => Entry | undefined, isStale: boolean): boolean {
  return conflictNames(name, copy.digest).some((candidate) => {
    const there = at(candidate);
    if (there === undefined || !covers(there.vector, copy.vector)) return false;
    return there.kind === 'deleted' ? isStale : there.lineage.includes(lineageOf(copy.digest));
  });
}

function inOrder(drafts: ReadonlyMap<Name, Draft>, rows: readonly Row[]): Iterable<Draft> {
  if (drafts.size === rows.length) return drafts.values();
  return [...drafts.values()].sort((a, b) => (a.row.name < b.row.name ? -1 : 1));
}

function decide(draft: Draft, policy: Policy, alive: ReadonlySet<Name>): Decision | undefined {
  const { row, copies } = draft;
  const merge = finalMerge(draft, policy, alive);
  if (merge === undefined) return undefined;
  const target = merge.result;
  const blocked = draft.blocked ?? (target.vector.length > VECTOR_PAIRS_MAX ? 'vector' : undefined);
  const source = draft.incoming[0]?.from ?? row;
  const holders: number[] = [];
  const lacking: number[] = [];
  const actions: Action[] = [];
  for (let i = 0; i < row.entries.length; i++) {
    const mine = row.entries[i];
    if (isLive(target) && (holds(mine, target) || holds(source.entries[i], target))) holders.push(i);
    if (blocked !== undefined || !differs(mine, target)) continue;
    lacking.push(i);
    actions.push(actionFor(mine, target, draft.incoming.length > 0));
  }
  const conflict = copies.length > 0 || merge.discarded.length > 0 || blocked === 'conflict';
  const decision = { target, source: source.name, holders, lacking, actions, copies, conflict };
  return blocked === undefined ? decision : { ...decision, blocked };
}

/** With the copies that come to this name, and with what was cleared in the lineage, so that its holder replaces it. */
function finalMerge(
  { row, merge, incoming, cleared }: Draft,
  policy: Policy,
  alive: ReadonlySet<Name>,
): Merge | undefined {
  const extra = incoming.map(({ copy }) => copy);
  const merged = extra.length === 0 ? merge : mergeVersions([...claimsOf(row), ...extra], policy, alive.has(row.name));
  if (merged === undefined || cleared.length === 0) return merged;
  const lineage = [...cleared.map(({ digest }) => lineageOf(digest)), ...merged.result.lineage].slice(0, LINEAGE_MAX);
  return { ...merged, result: { ...merged.result, lineage } };
}

function holds(mine: Entry | undefined, target: Entry): boolean {
  return mine !== undefined && sameContent(mine, target);
}

function differs(mine: Entry | undefined, target: Entry): boolean {
  if (mine === undefined || !sameView(mine, target)) return true;
  return compareVectors(mine.vector, target.vector) !== 'equal';
}

function actionFor(mine: Entry | undefined, target: Entry, isCopy: boolean): Action {
  if (target.kind === 'deleted') return mine !== undefined && isLive(mine) ? 'delete' : 'record';
  if (mine === undefined || !isLive(mine)) return isCopy ? 'conflict' : mine === undefined ? 'create' : 'restore';
  if (!sameContent(mine, target)) return 'update';
  return sameView(mine, target) ? 'record' : 'metadata';
}

function isUnsettled(entries: Row['entries'], draft: Draft | undefined): boolean {
  if (draft?.merge === undefined || draft.merge.result.kind === 'directory') return false;
  return entries.some((entry) => entry?.kind === 'directory' || (entry?.tree?.entries ?? 0) > 0);
}
