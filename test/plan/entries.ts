/** Entries for tests that are about one name. */
import { type Digest, digestOf } from '../../src/model/digest.js';
import { type Entry, type Kind, type Lineage, lineageOf } from '../../src/model/entry.js';
import type { Name } from '../../src/model/path.js';
import type { ReplicaId, VersionVector } from '../../src/model/version-vector.js';

/** `A1 B2` is the vector of replica A at 1 and B at 2. */
export function version(text: string): VersionVector {
  const pairs = text.split(' ').filter((pair) => pair !== '');
  return pairs.map((pair) => [`r${pair.slice(0, 1).repeat(7)}` as ReplicaId, Number(pair.slice(1))] as const);
}

export function contentOf(text: string): Digest {
  return digestOf(Buffer.from(text));
}

export function supersedes(...texts: string[]): Lineage[] {
  return texts.map((text) => lineageOf(contentOf(text)));
}

export function file(content: string, vector: string, more: Partial<Entry> = {}): Entry {
  return made('file', content, vector, { mode: 0o644, mtime: 10, ...more });
}

export function directory(vector: string, more: Partial<Entry> = {}): Entry {
  return made('directory', undefined, vector, { mode: 0o755, ...more });
}

export function deleted(vector: string, more: Partial<Entry> = {}): Entry {
  return made('deleted', undefined, vector, more);
}

export function absent(vector: string, more: Partial<Entry> = {}): Entry {
  return made('absent', undefined, vector, more);
}

function made(kind: Kind, content: string | undefined, vector: string, more: Partial<Entry>): Entry {
  return {
    name: 'name' as Name,
    kind,
    size: content?.length ?? 0,
    mtime: 0,
    mode: 0,
    digest: content === undefined ? ('' as Digest) : contentOf(content),
    vector: version(vector),
    lineage: [],
    ...more,
  };
}
