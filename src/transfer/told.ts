/**
 * Below which names peers are told what is recorded: not below what is absent here, or unknown. A tombstone recorded
 * there would come out as news when its directory comes back, so none is (plan/enforce.ts).
 */
import type { Entry } from '../model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath, ROOT } from '../model/path.js';
import type { FolderState, LocalDirectory } from '../state/folder-state.js';
import { findEntry } from '../tree/edit-directory.js';
import type { Wanted } from './decide-step.js';

export class Told {
  readonly #state: FolderState;
  /** Paths not recorded, or as absent, that are about to be; a directory only once it is made. */
  readonly #coming = new Set<RelPath>();

  constructor(state: FolderState) {
    this.#state = state;
  }

  /** What is wanted in a directory is on its way, until {@link settled}. */
  expect(parent: RelPath, wanted: readonly Wanted[], current: LocalDirectory): void {
    for (const { entry } of wanted) {
      if (entry.kind !== 'directory') this.coming(joinPath(parent, entry.name), findEntry(current, entry.name));
    }
  }

  /** `mine`: as which it is recorded so far. */
  coming(path: RelPath, mine: Entry | undefined): void {
    if (!isTold(mine)) this.#coming.add(path);
  }

  /** The path is recorded, or will not be. */
  settled(path: RelPath): void {
    this.#coming.delete(path);
  }

  /** Whether peers are told what is recorded below the path, now or once what is under way is recorded. */
  below(path: RelPath): boolean {
    if (path === ROOT || this.#coming.has(path)) return true;
    return isTold(findEntry(this.#state.directory(parentOf(path)) ?? [], nameOf(path)));
  }
}

function isTold(entry: Entry | undefined): boolean {
  return entry !== undefined && entry.kind !== 'absent';
}
