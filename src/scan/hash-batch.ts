/** Reads and hashes many small files of a folder, in whichever thread; pure synchronous calls. */
import { openSharedRoot, type SharedRoot } from '../disk/anchored-root.js';
import type { ByteString } from '../model/byte-string.js';
import { DIGEST_BYTES, type Digest } from '../model/digest.js';
import type { LocalStat } from '../model/entry.js';
import { joinPath, type Name, type RelPath } from '../model/path.js';
import { hashSmall, type SeenContent } from './hash-file.js';
import { type Trouble, troubleOf } from './trouble.js';

/** A file whose stat was just read. */
export interface SmallFile {
  readonly directory: RelPath;
  readonly name: Name;
  readonly stats: LocalStat;
}

/** `moved`: not, or not any more, what its stat said. */
export type SmallRead = SeenContent | 'moved' | Exclude<Trouble, 'vanished'>;

/** The files, packed so that they are cheap to hand to a thread. */
export interface HashRequest {
  readonly root: SharedRoot;
  readonly directories: readonly RelPath[];
  readonly names: readonly Name[];
  /** Of each file: index of its directory, dev, ino, size, mtimeMs, ctimeMs. */
  readonly numbers: Float64Array;
}

export interface HashAnswer {
  /** 32 bytes each; zeros where there is none. */
  readonly digests: ByteString;
  /** Microseconds; NaN: moved. */
  readonly mtimes: Float64Array;
  readonly troubles: ReadonlyMap<number, Exclude<Trouble, 'vanished'>>;
}

const NUMBERS = 6;
const NOTHING = '\0'.repeat(DIGEST_BYTES);

export function hashBatch({ root, directories, names, numbers }: HashRequest): HashAnswer {
  const anchored = openSharedRoot(root);
  const mtimes = new Float64Array(names.length).fill(Number.NaN);
  const troubles = new Map<number, Exclude<Trouble, 'vanished'>>();
  let digests = '';
  try {
    for (const [i, name] of names.entries()) {
      const at = i * NUMBERS;
      const [directory = 0, dev = 0, ino = 0, size = 0, mtimeMs = 0, ctimeMs = 0] = numbers.subarray(at, at + NUMBERS);
      const path = joinPath(directories[directory] as RelPath, name);
      let content: SeenContent | undefined;
      try {
        content = hashSmall(anchored, path, { dev, ino, size, mtimeMs, ctimeMs });
      } catch (error) {
        const trouble = troubleOf(error, path);
        if (trouble !== 'vanished' && trouble.code !== 'changed') troubles.set(i, trouble);
      }
      if (content !== undefined) mtimes[i] = content.mtime;
      digests += content?.digest ?? NOTHING;
    }
  } finally {
    anchored.close();
  }
  return { digests, mtimes, troubles };
}

export function packFiles(root: SharedRoot, files: readonly SmallFile[]): HashRequest {
  const directories: RelPath[] = [];
  const numbers = new Float64Array(files.length * NUMBERS);
  for (const [i, { directory, stats }] of files.entries()) {
    if (directories.at(-1) !== directory) directories.push(directory);
    numbers.set([directories.length - 1, stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs], i * NUMBERS);
  }
  return { root, directories, names: files.map(({ name }) => name), numbers };
}

/** What became of file `i` of a request. */
export function readOf({ digests, mtimes, troubles }: HashAnswer, i: number): SmallRead {
  const mtime = mtimes[i] as number;
  if (Number.isNaN(mtime)) return troubles.get(i) ?? 'moved';
  return { digest: digests.slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES) as Digest, mtime };
}
