/**
 * Carries out one decided change on the disk and says what to record for it. Each step is one of apply/'s
 * primitives, which check the scanned stat again at the last moment.
 */
import { changed } from '../apply/apply-error.js';
import { makeDirectory, removeDirectory } from '../apply/directory.js';
import { statAt } from '../apply/expected.js';
import { installFile, installLink } from '../apply/install.js';
import type { PlaceOptions } from '../apply/place.js';
import { moveAside, preserve } from '../apply/preserve.js';
import { setMetadata } from '../apply/set-metadata.js';
import type { StagedFile } from '../apply/staged-file.js';
import { removeToTrash, stampOf, TRASH_DIRECTORY } from '../apply/trash.js';
import { localStatOf, sameStat } from '../disk/local-stat.js';
import { type ByteString, bytesOf } from '../model/byte-string.js';
import type { Entry, LocalEntry, LocalStat } from '../model/entry.js';
import { joinPath, type RelPath } from '../model/path.js';
import { statToRecord } from '../scan/young-file.js';
import { findEntry } from '../tree/edit-directory.js';
import { EMPTY_TREE } from '../tree/summarize.js';
import type { Step } from './decide-step.js';
import type { PackedContent } from './packs.js';
import type { Replica } from './replica.js';
import { withdrawBelow } from './withdraw-below.js';

export type Work =
  | { readonly kind: 'file'; readonly staged: StagedFile }
  /** A file that is in memory still, for a name that is new here; the committer has it installed. */
  | { readonly kind: 'new-file'; readonly content: PackedContent }
  | { readonly kind: 'link'; readonly target: ByteString }
  /** Already made by {@link placeDirectory}, because its children need it; only to be recorded. */
  | { readonly kind: 'directory'; readonly copies: readonly LocalEntry[] }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'remove' }
  /** Nothing to do on the disk. */
  | { readonly kind: 'record' };

export interface Ready {
  readonly parent: RelPath;
  readonly step: Step;
  readonly work: Work;
}

/** The entries to record: the target and the conflict copy that was made. */
export function carryOut(replica: Replica, ready: Ready): LocalEntry[] {
  const { step, work } = ready;
  const { path, target, mine } = step;
  switch (work.kind) {
    case 'new-file': // done by threads: recordedNew
    case 'record':
      return [recorded(target, mine, mine?.stat)];
    case 'directory':
      return [recorded(target, mine, undefined), ...work.copies];
    case 'metadata':
      return [recorded(target, mine, statToRecord(setMetadata(replica.root, path, target, statOf(step))))];
    case 'remove':
      if (mine?.kind === 'directory') removeDirectory(replica.root, path);
      else removeToTrash(replica.root, path, statOf(step), { now: replica.started });
      return [recorded(target, mine, undefined)];
    case 'file':
      return replacing(replica, ready, (expected, options) =>
        installFile(replica.root, path, work.staged, target, expected, options),
      );
    case 'link':
      return replacing(replica, ready, (expected, options) =>
        installLink(replica.root, replica.stage, path, bytesOf(work.target), target.mtime, expected, options),
      );
  }
}

/** The entry to record of a small new file that stands. */
export function recordedNew({ step }: Ready, stat: LocalStat): LocalEntry {
  return recorded(step.target, step.mine, statToRecord(stat));
}

/**
 * Makes a directory, now. A file or symlink that has its name becomes its conflict copy, which is returned as
 * it is to be recorded.
 */
export function placeDirectory(replica: Replica, parent: RelPath, step: Step): LocalEntry[] {
  const { path, target, preserve } = step;
  const copies: LocalEntry[] = [];
  if (preserve !== undefined) {
    const stat = moveAside(replica.root, replica.stage, path, joinPath(parent, preserve.entry.name), statOf(step));
    copies.push(...recordedCopy(replica, parent, step, stat));
  } else if (isLeaf(step.mine)) {
    removeToTrash(replica.root, path, statOf(step), { now: replica.started });
  }
  if (makeDirectory(replica.root, path, target.mode)) withdrawBelow(replica.state, path);
  return copies;
}

/** Keeps what must be kept, replaces it, and takes the copy's stat afterwards: replacing moved its ctime. */
function replacing(
  replica: Replica,
  { parent, step }: Ready,
  install: (expected: LocalStat | undefined, options: PlaceOptions) => LocalStat,
): LocalEntry[] {
  const { mine, target, preserve } = step;
  let expected = isLeaf(mine) ? statOf(step) : undefined;
  const copy = preserve && joinPath(parent, preserve.entry.name);
  if (copy !== undefined) expected = preserveAs(replica, step, copy);
  const stat = install(expected, { keep: keptAt(replica, step), preserved: copy !== undefined });
  const entry = recorded(target, mine, statToRecord(stat));
  const kept = copy && statAt(replica.root, copy);
  return kept === undefined ? [entry] : [entry, ...recordedCopy(replica, parent, step, localStatOf(kept))];
}

/**
 * The conflict copy, to be recorded with the stat that it has once its file has lost the other name. One that was there
 * before is left as it is recorded, unless it was a name of that very file: a crash comes between the two names, the next
 * scan records both, and the copy could not be served any more once its ctime has moved.
 */
function recordedCopy(replica: Replica, parent: RelPath, step: Step, stat: LocalStat): LocalEntry[] {
  const { preserve, mine } = step;
  if (preserve === undefined) return [];
  if (preserve.make) return [recorded(preserve.entry, undefined, statToRecord(stat))];
  const there = findEntry(replica.state.directory(parent) ?? [], preserve.entry.name);
  const isSecondName = there?.stat !== undefined && mine?.stat !== undefined && sameStat(there.stat, mine.stat);
  return isSecondName ? [{ ...there, stat }] : [];
}

function preserveAs(replica: Replica, step: Step, copy: RelPath): LocalStat {
  return preserve(replica.root, replica.stage, step.path, copy, statOf(step)).stat;
}

/** Where the replaced content stays: in the backup, or the trash if nothing else keeps it. */
function keptAt(replica: Replica, { path, mine, discard }: Step): RelPath | undefined {
  if (!isLeaf(mine)) return undefined;
  if (replica.backup !== undefined) return `${replica.backup}/${path}` as RelPath;
  return discard ? (`${TRASH_DIRECTORY}/${stampOf(replica.started)}/${path}` as RelPath) : undefined;
}

/** A file or symlink on this disk. */
function isLeaf(entry: LocalEntry | undefined): boolean {
  return entry?.kind === 'file' || entry?.kind === 'symlink';
}

function statOf({ path, mine }: Step): LocalStat {
  if (mine?.stat === undefined) throw changed(path, 'is not what the scan saw');
  return mine.stat;
}

/** What a peer says of the tree below is its own; ours is computed from our records. */
function recorded(target: Entry, mine: LocalEntry | undefined, stat: LocalStat | undefined): LocalEntry {
  const { tree: _, ...entry } = target;
  const tree = mine?.tree ?? (target.kind === 'directory' ? EMPTY_TREE : undefined);
  return { ...entry, ...(tree === undefined ? {} : { tree }), ...(stat === undefined ? {} : { stat }) };
}
