/**
 * The state's files on disk: private (0600 in a 0700 directory), looked at before LMDB maps them, and moved
 * aside when they cannot be used. A lost state costs history, never content (docs/DESIGN.md, "State").
 *
 * LMDB trusts its file: it maps it, and a page behind the end of a truncated file kills the process with
 * SIGBUS. So what is no LMDB file is not opened, and a file that is too short gets its missing pages as
 * zeros, which LMDB reports as an ordinary error.
 */
import fs from 'node:fs';
import path from 'node:path';

const FILE = 'state.mdb';
/** What LMDB appends for its lock table. */
const LOCK_SUFFIX = '-lock';
const ASIDE_SUFFIX = '.lost';
/** Written when a record could not be read, so that the next open starts anew. */
const DAMAGED = 'state.damaged';

/** Bytes by which a sound file may be shorter than its header says: LMDB never writes pages freed at its end. */
const SHORTFALL_MAX = 64 * 1024 * 1024;
const META_BYTES = 0xa0;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_IS_META = 0x08;

export function stateFile(directory: string): string {
  return path.join(directory, FILE);
}

/** Whether there is a state that may be opened; `damaged` ones must be moved aside first. */
export function inspectState(directory: string): 'found' | 'none' | 'damaged' {
  if (fs.existsSync(path.join(directory, DAMAGED))) return 'damaged';
  let fd: number;
  try {
    fd = fs.openSync(stateFile(directory), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return 'damaged';
    throw error;
  }
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) return 'damaged';
    if (stats.size === 0) return 'none';
    return hasKnownLayout() && !isSound(fd, stats.size, directory) ? 'damaged' : 'found';
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes the directory and the empty files with their modes, because LMDB itself would create them 0664. */
export function createStateFiles(directory: string): void {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const file of [stateFile(directory), stateFile(directory) + LOCK_SUFFIX]) {
    const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW, 0o600);
    fs.closeSync(fd);
  }
}

/** Moves an unusable state out of the way, for whoever wants to look at it; an older one is overwritten. */
export function moveAside(directory: string): void {
  for (const file of [stateFile(directory), stateFile(directory) + LOCK_SUFFIX]) {
    try {
      fs.renameSync(file, file + ASIDE_SUFFIX);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  fs.rmSync(path.join(directory, DAMAGED), { force: true });
}

/** Makes the next open start anew. Best effort: if it cannot be written, the next open fails as this one did. */
export function markDamaged(directory: string, reason: string): void {
  try {
    fs.writeFileSync(path.join(directory, DAMAGED), `${reason}\n`, { mode: 0o600 });
  } catch {
    // The disk is in trouble; the error that brought us here is reported by the caller.
  }
}

/** The offsets below are those of LMDB's structures on 64-bit little-endian machines. */
function hasKnownLayout(): boolean {
  return ['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch);
}

function isSound(fd: number, size: number, directory: string): boolean {
  const first = readMeta(fd, 0);
  if (first === undefined) return false;
  const second = readMeta(fd, first.pageSize);
  if (second === undefined || second.pageSize !== first.pageSize) return false;
  const shortfall = (Math.max(first.lastPage, second.lastPage) + 1) * first.pageSize - size;
  if (shortfall > SHORTFALL_MAX) return false;
  if (shortfall > 0) appendZeros(stateFile(directory), shortfall);
  return true;
}

function readMeta(fd: number, position: number): { pageSize: number; lastPage: number } | undefined {
  const meta = Buffer.alloc(META_BYTES);
  if (fs.readSync(fd, meta, 0, META_BYTES, position) !== META_BYTES) return undefined;
  if ((meta.readUInt16LE(0x12) & PAGE_IS_META) === 0 || meta.readUInt32LE(0x18) !== MAGIC) return undefined;
  if (meta.readUInt16LE(0x1c) !== DATA_VERSION) return undefined;
  const pageSize = meta.readUInt32LE(0x30);
  const lastPage = Number(meta.readBigUInt64LE(0x90));
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return { pageSize, lastPage };
}

/** Appends, never writes at an offset: another process may be growing the file at this moment. */
function appendZeros(file: string, bytes: number): void {
  const fd = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_NOFOLLOW);
  try {
    const zeros = Buffer.alloc(Math.min(bytes, 1 << 20));
    for (let left = bytes; left > 0; left -= zeros.length) fs.writeSync(fd, zeros, 0, Math.min(left, zeros.length));
  } finally {
    fs.closeSync(fd);
  }
}
