/** What the file system of a folder can do, tried with files in the stage, where nobody else sees them. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { type ByteString, byteStringOfText } from '../model/byte-string.js';
import { joinPath, type Name, parentOf, type RelPath } from '../model/path.js';
import { freeBytes } from './free-space.js';
import type { Stage } from './stage.js';

export interface FileSystemTraits {
  /** Whether `A` and `a` are two names. */
  readonly caseSensitive: boolean;
  /** Whether the composed and the decomposed form of an accented letter are two names. */
  readonly unicodeExact: boolean;
  /** Whether a name that is no UTF-8 is taken as it is. */
  readonly anyBytes: boolean;
  /** Whether copies share their blocks until one is written to. */
  readonly reflink: boolean;
  readonly hardLinks: boolean;
  readonly symlinks: boolean;
  /** Bytes that this user may still write. */
  readonly free: number;
}

/** Leaves nothing behind once the stage is closed. */
export function fileSystemTraits(root: AnchoredRoot, stage: Stage): FileSystemTraits {
  const place = parentOf(stage.newName('file'));
  const at = (name: ByteString) => root.at(joinPath(place, name as Name) as RelPath);
  const make = (name: ByteString) => fs.writeFileSync(at(name), Buffer.alloc(8192, 1), { flag: 'wx', mode: 0o600 });
  const exists = (name: ByteString) => fs.lstatSync(at(name), { throwIfNoEntry: false }) !== undefined;
  make('Case');
  const composed = byteStringOfText('\u00e9');
  make(composed);
  return {
    caseSensitive: !exists('case'),
    unicodeExact: !exists(byteStringOfText('e\u0301')),
    anyBytes: works(() => make('\xff')),
    reflink: works(() => fs.copyFileSync(at('Case'), at('copy'), fs.constants.COPYFILE_FICLONE_FORCE)),
    hardLinks: works(() => fs.linkSync(at('Case'), at('link'))),
    symlinks: works(() => fs.symlinkSync('Case', at('symlink'))),
    free: freeBytes(root),
  };
}

function works(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
