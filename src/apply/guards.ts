/**
 * Guards: second names, in the stage, of files that were replaced a moment ago. Someone who had such a file open may
 * still write into it. So it is looked at again some time later, and if it was edited, it becomes a conflict copy
 * instead of vanishing with its last name (docs/DESIGN.md, invariant 7). Beyond that time nothing can be seen: a
 * program that keeps a file open for long writes into the replaced one, as with every tool that renames.
 */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf } from '../disk/local-stat.js';
import { openRegularFile } from '../disk/regular-file.js';
import { type Digest, digestStream } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import { joinPath, nameOf, parentOf, type RelPath } from '../model/path.js';
import { conflictNames } from '../plan/conflict-name.js';
import { sameButCtime } from './expected.js';
import { firstFreeName, moveExclusively } from './free-name.js';

/** Milliseconds; an editor that writes a file in place is long done by then. */
const HOLD_TIME = 250;
/** Guards held at once, so that the stage stays small. */
const HOLD_COUNT = 1024;
/** Bytes of replaced files held at once, so that replacing does not need twice the space of all files. */
const HOLD_BYTES = 256 * 1024 * 1024;
/** Bytes read at once. */
const PIECE = 256 * 1024;

export interface Guard {
  readonly path: RelPath;
  readonly guard: RelPath;
  readonly expected: LocalStat;
}

/** An edit that came while its file was being replaced, and the conflict copy that holds it. */
export interface Saved {
  readonly path: RelPath;
  readonly copy: RelPath;
}

export class Guards {
  readonly #root: AnchoredRoot;
  readonly #now: () => number;
  /** Oldest first. */
  #held: { readonly guard: Guard; readonly since: number }[] = [];
  #bytes = 0;
  #saved: Saved[] = [];

  constructor(root: AnchoredRoot, now: () => number) {
    this.#root = root;
    this.#now = now;
  }

  add(guard: Guard): void {
    this.#held.push({ guard, since: this.#now() });
    this.#bytes += guard.expected.size;
    const old = this.#now() - HOLD_TIME;
    this.#release((since, left) => since > old && left <= HOLD_COUNT && this.#bytes <= HOLD_BYTES);
  }

  /** Looks at all that are held and returns what was saved since the last time. */
  settle(): readonly Saved[] {
    this.#release(() => false);
    const saved = this.#saved;
    this.#saved = [];
    return saved;
  }

  #release(isHeld: (since: number, left: number) => boolean): void {
    let count = 0;
    for (const { guard, since } of this.#held) {
      if (isHeld(since, this.#held.length - count)) break;
      count++;
      this.#bytes -= guard.expected.size;
      this.#settleOne(guard);
    }
    this.#held.splice(0, count);
  }

  /** Never throws: a guard that cannot be settled stays, and a later sweep moves it to the trash. */
  #settleOne({ path, guard, expected }: Guard): void {
    try {
      const stats = fs.lstatSync(this.#root.at(guard));
      // What has another name still, a conflict copy or a hard link, is not lost with this one.
      if (stats.nlink > 1 || sameButCtime(localStatOf(stats), expected)) {
        fs.unlinkSync(this.#root.at(guard));
        return;
      }
      this.#saved.push({ path, copy: moveToCopy(this.#root, path, guard) });
    } catch {
      // For example because its directory is gone.
    }
  }
}

/** Moved, not copied: whoever is still writing writes into the conflict copy. */
function moveToCopy(root: AnchoredRoot, path: RelPath, guard: RelPath): RelPath {
  const names = conflictNames(nameOf(path), digestAt(root, guard));
  const copies = names.map((name) => joinPath(parentOf(path), name));
  const free = copies.find((copy) => moveExclusively(root, guard, copy));
  return free ?? firstFreeName(copies[0] ?? path, (copy) => moveExclusively(root, guard, copy));
}

function digestAt(root: AnchoredRoot, path: RelPath): Digest {
  const { fd } = openRegularFile(root, path);
  try {
    const digest = digestStream();
    const buffer = Buffer.allocUnsafe(PIECE);
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) {
      digest.update(buffer.subarray(0, read));
    }
    return digest.digest();
  } finally {
    fs.closeSync(fd);
  }
}
