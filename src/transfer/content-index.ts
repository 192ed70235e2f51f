/**
 * Finds a local file by its content digest (tier 1: renamed, moved and copied files cross no wire).
 * Holds 8 bytes a file, less where many are equal: a 32-bit prefix of the digest and the number of the directory, whose
 * record is asked for the rest. What is found is as it was recorded a moment ago: who opens it sees whether it still is.
 */
import { type Digest, NO_DIGEST } from '../model/digest.js';
import type { LocalEntry } from '../model/entry.js';
import { joinPath, type RelPath, ROOT } from '../model/path.js';
import type { FolderState, LocalDirectory } from '../state/folder-state.js';
import { RecentDirectories } from './recent-directories.js';

export interface LocalContent {
  readonly path: RelPath;
  readonly entry: LocalEntry;
}

/** Slots at the start; the table doubles when it is two thirds full. */
const SLOTS_MIN = 1024;
/** Directory number + 1 of an empty slot. */
const EMPTY = 0;
/**
 * Directories remembered of one content: the first ones and the newest. All of a file that is everywhere (a licence, an
 * empty form) would stand in one row of slots, which each further one, and whatever belongs there, had to walk along.
 */
const PLACES_MAX = 8;

export class ContentIndex {
  readonly #state: FolderState;
  readonly #directories: RelPath[] = [];
  readonly #numbers = new Map<RelPath, number>();
  /** Files by content. */
  readonly #looked = new RecentDirectories<Map<Digest, LocalEntry>>();
  #slots = new Uint32Array(SLOTS_MIN * 2);
  #used = 0;

  private constructor(state: FolderState) {
    this.#state = state;
  }

  /** Indexes every file that the state records. */
  static build(state: FolderState): ContentIndex {
    const index = new ContentIndex(state);
    const pending: RelPath[] = [ROOT];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      for (const entry of state.directory(path) ?? []) {
        if (entry.kind === 'directory') pending.push(joinPath(path, entry.name));
        else if (entry.kind === 'file' && entry.size > 0) index.#insert(path, entry.digest);
      }
    }
    return index;
  }

  /** Makes a file that was installed and recorded in `directory` findable. */
  add(directory: RelPath, entry: LocalEntry): void {
    this.#insert(directory, entry.digest);
    this.#looked.get(directory)?.set(entry.digest, entry);
  }

  #insert(directory: RelPath, digest: Digest): void {
    if (digest === NO_DIGEST) return;
    if (this.#used * 3 >= (this.#slots.length / 2) * 2) this.#grow();
    if (insert(this.#slots, prefixOf(digest), this.#number(directory) + 1)) this.#used++;
  }

  /** A file recorded with this content, or undefined. */
  find(digest: Digest): LocalContent | undefined {
    const mask = this.#slots.length / 2 - 1;
    const prefix = prefixOf(digest);
    for (let slot = prefix & mask; this.#slots[slot * 2 + 1] !== EMPTY; slot = (slot + 1) & mask) {
      if (this.#slots[slot * 2] !== prefix) continue;
      const directory = this.#directories[(this.#slots[slot * 2 + 1] ?? 0) - 1];
      const entry = directory === undefined ? undefined : this.#look(directory, digest);
      if (directory !== undefined && entry !== undefined) return { path: joinPath(directory, entry.name), entry };
    }
    return undefined;
  }

  #look(directory: RelPath, digest: Digest): LocalEntry | undefined {
    const known = this.#looked.get(directory)?.get(digest);
    if (known !== undefined) return known;
    const entries = this.#state.directory(directory) ?? [];
    const files = byContent(entries);
    this.#looked.put(directory, files, entries.length);
    return files.get(digest);
  }

  #number(directory: RelPath): number {
    const known = this.#numbers.get(directory);
    if (known !== undefined) return known;
    const number = this.#directories.push(directory) - 1;
    this.#numbers.set(directory, number);
    return number;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += 2) {
      const number = old[slot + 1] ?? EMPTY;
      if (number !== EMPTY) insert(this.#slots, old[slot] ?? 0, number);
    }
  }
}

function byContent(directory: LocalDirectory): Map<Digest, LocalEntry> {
  const files = new Map<Digest, LocalEntry>();
  for (const entry of directory) if (entry.kind === 'file' && entry.stat !== undefined) files.set(entry.digest, entry);
  return files;
}

/** Whether it took a slot: not if the directory has one for this content, or in place of one of its many. */
function insert(slots: Uint32Array, prefix: number, number: number): boolean {
  const mask = slots.length / 2 - 1;
  let places = 0;
  let slot = prefix & mask;
  for (; slots[slot * 2 + 1] !== EMPTY; slot = (slot + 1) & mask) {
    if (slots[slot * 2] !== prefix) continue;
    if (slots[slot * 2 + 1] === number) return false;
    if (++places < PLACES_MAX) continue;
    slots[slot * 2 + 1] = number;
    return false;
  }
  slots[slot * 2] = prefix;
  slots[slot * 2 + 1] = number;
  return true;
}

function prefixOf(digest: Digest): number {
  return (
    (digest.charCodeAt(0) |
      (digest.charCodeAt(1) << 8) |
      (digest.charCodeAt(2) << 16) |
      (digest.charCodeAt(3) << 24)) >>>
    0
  );
}
