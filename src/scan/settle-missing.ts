/**
 * Decides what the missing paths of a scan mean. By default they become `absent`, which claims nothing; if the
 * run deletes and the scan was complete, `deleted`. Until then the state still holds them as live.
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { isLive, type LocalEntry } from '../model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { ReplicaId } from '../model/version-vector.js';
import { isTooMuch } from '../plan/delete-limit.js';
import { type Observer, observe } from '../plan/observe.js';
import type { FolderState, LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import { forgetClaims } from './forget-claims.js';
import { RecordBatch } from './record-batch.js';
import type { Gone, GonePath, ScanResult } from './scan-result.js';
import { withdrawn } from './withdrawn.js';

export interface Settled {
  /** Entries that are known no more but not claimed to be deleted. */
  readonly absent: number;
  /** Entries that are now tombstones. */
  readonly deleted: number;
}

/** May be called again for the same scan: what was settled, or came back, stays as it is. */
export function settleMissing(
  state: FolderState,
  scan: Pick<ScanResult, 'gone' | 'complete' | 'missing'>,
  { deletes, maxDelete = 100 }: { readonly deletes: boolean; readonly maxDelete?: number },
): Settled {
  if (deletes && scan.complete) checkAmount(state, scan, maxDelete);
  const settlement = new Settlement(state, scan.gone, observerFor(state, deletes && scan.complete));
  for (const gone of scan.gone.paths) settlement.settle(gone);
  return settlement.finish();
}

/** Until something is settled the state still holds all that was there. */
function checkAmount(state: FolderState, { gone, missing }: Pick<ScanResult, 'gone' | 'missing'>, percent: number) {
  const { entries } = state.settle();
  if (!isTooMuch(missing, entries, percent)) return;
  const what = `${missing} of the ${entries} entries of ${gone.root.path} are missing`;
  const advice = 'is a disk not mounted? If they were deleted on purpose, say so with --max-delete 100%';
  throw new SyncError('not-joined', `${what}, more than --max-delete ${percent}% lets go: ${advice}`);
}

/** The edit counter is allocated when the first tombstone needs it. */
function observerFor(state: FolderState, deletes: boolean): Observer {
  let edit: { counter: number; replica: ReplicaId } | undefined;
  const allocated = (): { counter: number; replica: ReplicaId } => {
    edit ??= { counter: state.tick(), replica: state.replica };
    return edit;
  };
  return {
    deletes,
    tick: () => allocated().counter,
    get replica() {
      return allocated().replica;
    },
  };
}

class Settlement {
  readonly #state: FolderState;
  readonly #gone: Gone;
  readonly #observer: Observer;
  readonly #batch: RecordBatch;
  #parent: { readonly path: RelPath; readonly entries: LocalDirectory } | undefined;
  #absent = 0;
  #deleted = 0;

  constructor(state: FolderState, gone: Gone, observer: Observer) {
    this.#state = state;
    this.#gone = gone;
    this.#observer = observer;
    this.#batch = new RecordBatch(state);
  }

  settle(gone: GonePath): void {
    const { path, recorded, dev } = gone;
    if (recorded !== undefined && !this.#isStillLive(path)) return;
    const isClaimed = !this.#holdsForeign(path, recorded, dev);
    const isToldBelow = recorded === undefined || this.#isTold(path, recorded, isClaimed);
    if (!this.#settleBelow(path, gone, isClaimed && isToldBelow) || isBack(this.#gone.root, gone)) return;
    if (recorded !== undefined) this.#settleEntry(parentOf(path), recorded, isClaimed);
  }

  finish(): Settled {
    this.#batch.flush();
    return { absent: this.#absent, deleted: this.#deleted };
  }

  /**
   * From below: if we are killed in between, the next scan still finds a live directory missing. Read first,
   * look then, write last: if another process brings the path back before we look, we see it; if it does so
   * afterwards, an entry is not the one that was read, and stays (record-batch.ts). False: it is back.
   */
  #settleBelow(path: RelPath, gone: GonePath, isClaimed: boolean): boolean {
    const entries = this.#state.directory(path) ?? [];
    if (entries.length > 0 && isBack(this.#gone.root, gone)) return false;
    for (const entry of entries) {
      if (!isLive(entry)) continue;
      const child = joinPath(path, entry.name);
      if (!this.#settleBelow(child, gone, this.#isTold(child, entry, isClaimed))) return false;
      this.#settleEntry(path, entry, isClaimed);
    }
    return true;
  }

  /** Whether it was not settled before. Paths of one directory come one after the other. */
  #isStillLive(path: RelPath): boolean {
    const parent = parentOf(path);
    if (this.#parent?.path !== parent) this.#parent = { path: parent, entries: this.#state.directory(parent) ?? [] };
    const entry = findEntry(this.#parent.entries, nameOf(path));
    return entry !== undefined && isLive(entry);
  }

  #settleEntry(directory: RelPath, recorded: LocalEntry, isClaimed: boolean): void {
    const path = joinPath(directory, recorded.name);
    const mayClaim = isClaimed && !this.#isHidden(path, recorded);
    const entry = mayClaim ? observe(recorded.name, recorded, undefined, this.#observer) : withdrawn(recorded);
    if (entry === undefined || entry === recorded) return;
    if (entry.kind === 'deleted') this.#deleted++;
    else {
      this.#absent++;
      if (recorded.tree !== undefined) forgetClaims(this.#state, this.#batch, path);
    }
    this.#batch.add(directory, recorded, entry);
    if (this.#batch.isDue) this.#batch.flush();
  }

  /** Whether a directory becomes a tombstone; otherwise nothing below it may claim anything (forget-claims.ts). */
  #isTold(path: RelPath, recorded: LocalEntry, isClaimed: boolean): boolean {
    return isClaimed && this.#observer.deletes && !this.#isHidden(path, recorded);
  }

  /** What a rule hides is nobody's business: not that it was there, nor that it is gone. */
  #isHidden(path: RelPath, { kind }: LocalEntry): boolean {
    return this.#gone.filter.hides(path, kind);
  }

  /**
   * Whether anything was recorded on another device than that of the directory that should hold it: then a
   * disk that was mounted there is not, and its files are not deleted. (After a reboot that numbers devices
   * anew the same holds for files that were in fact deleted; they come back once.)
   */
  #holdsForeign(path: RelPath, recorded: LocalEntry | undefined, dev: number): boolean {
    if (recorded?.stat !== undefined && recorded.stat.dev !== dev) return true;
    if (recorded !== undefined && recorded.kind !== 'directory') return false;
    return (this.#state.directory(path) ?? []).some(
      (entry) => isLive(entry) && this.#holdsForeign(joinPath(path, entry.name), entry, dev),
    );
  }
}

/** Whether something stands at the path again, or, if only what was below it is gone, a directory. */
function isBack(root: AnchoredRoot, { path, recorded }: GonePath): boolean {
  try {
    const stats = fs.lstatSync(root.at(path), { throwIfNoEntry: false });
    return stats !== undefined && (recorded !== undefined || stats.isDirectory());
  } catch (error) {
    const isGone =
      error instanceof SyncError || ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    return !isGone; // what cannot be looked at is not settled
  }
}
