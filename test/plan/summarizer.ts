/**
 * Summaries and listings of directories in memory. Packed: by the real codec and digests. Otherwise a summary is a
 * number for the same facts, several times quicker; tree/ has tests of its own for digests and codec.
 */
import type { Digest } from '../../src/model/digest.js';
import { type Directory, isLive, type LocalEntry, type TreeSummary } from '../../src/model/entry.js';
import { decodeDirectory, encodeDirectory } from '../../src/tree/directory-codec.js';
import { EMPTY_TREE, summarizeDirectory } from '../../src/tree/summarize.js';
import { vectorKey } from '../../src/tree/vector-table.js';

export class Summarizer {
  readonly #packed: boolean;
  readonly #numbers = new Map<string, Digest>();
  readonly #summaries = new WeakMap<Directory, TreeSummary>();
  readonly #listings = new WeakMap<Directory, Directory>();

  constructor(packed: boolean) {
    this.#packed = packed;
  }

  summarize(directory: Directory): TreeSummary {
    if (directory.length === 0) return EMPTY_TREE;
    let summary = this.#summaries.get(directory);
    if (summary === undefined) {
      summary = this.#packed ? summarizeDirectory(directory) : this.#numbered(directory);
      this.#summaries.set(directory, summary);
    }
    return summary;
  }

  /** As a peer gets it: without stats and what claims nothing. */
  listing(directory: Directory<LocalEntry>): Directory {
    let listing = this.#listings.get(directory);
    if (listing === undefined) {
      listing = this.#packed
        ? decodeDirectory(encodeDirectory(directory, { local: false }), { local: false })
        : directory.filter(({ kind }) => kind !== 'absent');
      this.#listings.set(directory, listing);
    }
    return listing;
  }

  #numbered(directory: Directory): TreeSummary {
    let [view, full, entries, bytes] = ['', '', 0, 0];
    for (const entry of directory) {
      const { name, kind, size, mtime, mode, digest, vector } = entry;
      const tree = entry.tree ?? EMPTY_TREE;
      if (isLive(entry)) {
        entries++;
        bytes += kind === 'file' ? size : 0;
        view += `${kind}${name}/${mtime}/${mode}/${kind === 'directory' ? tree.view : digest}`;
      }
      if (kind === 'absent') continue;
      entries += tree.entries;
      bytes += tree.bytes;
      full += `${kind}${name}/${vectorKey(vector)}`;
      if (tree.full !== EMPTY_TREE.full) full += tree.full;
    }
    return { full: this.#number('full', view + full), view: this.#number('view', view), entries, bytes };
  }

  #number(aspect: 'full' | 'view', facts: string): Digest {
    if (facts === '') return EMPTY_TREE[aspect];
    let number = this.#numbers.get(facts);
    if (number === undefined) {
      number = `${aspect}${this.#numbers.size}` as Digest;
      this.#numbers.set(facts, number);
    }
    return number;
  }
}
