/** A local copy: a renamed, moved or copied file is taken from this disk instead of the wire. */
import fs from 'node:fs';
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { localStatOf, sameStat } from '../disk/local-stat.js';
import { openRegularFile } from '../disk/regular-file.js';
import type { LocalStat } from '../model/entry.js';
import type { RelPath } from '../model/path.js';
import { readBuffer } from '../model/read-buffer.js';
import { applyError, changed } from './apply-error.js';
import { copyOpened } from './copy-opened.js';
import type { StagedFile } from './staged-file.js';

/** Bytes; up to here reading and writing takes fewer system calls than asking for a reflink. */
const SMALL = 128 * 1024;
/** Bytes read at once. */
const PIECE = 1024 * 1024;
/** Bytes in one of `stat`'s blocks, whatever the file system's own are (POSIX `st_blocks` on Linux and BSD). */
const STAT_BLOCK = 512;

/** Fills an empty staged file with the content of `path`; `changed` if it is not, or does not stay, `expected`. */
export function copyIntoStage(file: StagedFile, root: AnchoredRoot, path: RelPath, expected: LocalStat): void {
  let source: number | undefined;
  try {
    const { fd, stats } = openRegularFile(root, path, expected);
    source = fd;
    const sparse = stats.blocks * STAT_BLOCK < stats.size;
    if (stats.size <= SMALL || !copyByKernel(fd, file, sparse)) copyByHand(fd, file, stats.size);
    // Written to while it was copied: the copy may be a mixture of old and new.
    if (!sameStat(localStatOf(fs.fstatSync(fd)), expected)) throw changed(path, 'was changed while it was copied');
  } catch (error) {
    throw applyError(error, 'copy', path);
  } finally {
    if (source !== undefined) fs.closeSync(source);
  }
}

/**
 * Reflink, else copy_file_range. A sparse file is only ever reflinked: the kernel's copy would fill its holes. False if
 * that did not work.
 */
function copyByKernel(source: number, file: StagedFile, sparse: boolean): boolean {
  const { COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;
  return copyOpened(source, file.fd, sparse ? COPYFILE_FICLONE_FORCE : COPYFILE_FICLONE);
}

function copyByHand(source: number, file: StagedFile, size: number): void {
  const buffer = readBuffer(Math.min(size, PIECE));
  let position = 0;
  while (position < size) {
    const read = fs.readSync(source, buffer, 0, buffer.length, position);
    if (read === 0) break;
    file.writeSparse(buffer.subarray(0, read), position);
    position += read;
  }
  file.truncate(size);
}
