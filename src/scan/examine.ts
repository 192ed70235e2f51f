/** Examines one path that is not as recorded: reads what must be read, records it, or says why not. */
import fs, { type Stats } from 'node:fs';
import { SIGNATURE_MIN } from '../delta/content-hash.js';
import { localStatOf, microsecondsOf, sameStat } from '../disk/local-stat.js';
import { type Digest, digestOfLink } from '../model/digest.js';
import type { LocalEntry } from '../model/entry.js';
import { joinPath, type Name, type RelPath } from '../model/path.js';
import type { SmallRead } from './hash-batch.js';
import type { SeenContent } from './hash-file.js';
import { staysInside } from './link-rule.js';
import { nameProblem } from './name-problem.js';
import type { Found, ScanRun } from './scan-run.js';
import { troubleOf } from './trouble.js';
import { isYoung } from './young-file.js';

/** True for a directory, which the caller is to walk into. */
export async function examine(run: ScanRun, found: Found): Promise<boolean> {
  const { directory, name, recorded, stats } = found;
  const problem = recorded === undefined ? nameProblem(directory, name) : undefined;
  if (problem !== undefined) {
    run.problems.add(problem);
    return false;
  }
  if (stats.isDirectory()) return true;
  if (!stats.isFile() && !stats.isSymbolicLink()) {
    leaveOut(run, found, 'special', `is a ${specialKindOf(stats)}; it is not synchronised`);
    return false;
  }
  if (isMovedDevice(recorded, stats)) {
    const known = recorded as LocalEntry;
    take(run, found, known.digest, known.mtime);
  } else if (isYoung(stats, run.options.now())) {
    run.postponed.push({ found, since: run.options.now(), attempts: 0 });
  } else if (run.smallReads !== undefined && stats.isFile() && stats.size < SIGNATURE_MIN) {
    if (run.smallReads.add(found)) await run.smallReads.start();
  } else if (!(await read(run, found))) {
    postpone(run, found);
  }
  return false;
}

/** Records what came of reading a small file. */
export function settleRead(run: ScanRun, found: Found, result: SmallRead): void {
  if (result === 'moved') postpone(run, found);
  else if ('code' in result) {
    run.problems.unseen(result.code, joinPath(found.directory, found.name), result.message);
  } else takeContent(run, found, result);
}

function postpone(run: ScanRun, found: Found): void {
  run.postponed.push({ found, since: run.options.now(), attempts: 1 });
}

/** Reads and records a file or symlink. False: it moved meanwhile and has to be looked at again. */
export async function read(run: ScanRun, found: Found): Promise<boolean> {
  const path = joinPath(found.directory, found.name);
  try {
    return found.stats.isFile() ? await readFile(run, found, path) : readLink(run, found, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return false; // no symlink any more
    const trouble = troubleOf(error, path);
    if (trouble === 'vanished' || trouble.code === 'changed') return false;
    run.problems.unseen(trouble.code, path, trouble.message);
    return true;
  }
}

export function countFile(run: ScanRun, directory: RelPath, name: Name, stats: Stats): void {
  run.counts.files++;
  run.counts.bytes += stats.size;
  if (stats.nlink === 1) return;
  const message = `is one of ${stats.nlink} names of a file (hard links); elsewhere it becomes a file of its own`;
  run.problems.add({ code: 'hard-link', path: joinPath(directory, name), message, fatal: false });
}

async function readFile(run: ScanRun, found: Found, path: RelPath): Promise<boolean> {
  const { stats } = found;
  const content = await run.hashFile(run.options.root, path, stats, run.pace, run.digestThread);
  if (content === undefined) return false;
  takeContent(run, found, content);
  return true;
}

function takeContent(run: ScanRun, found: Found, { digest, mtime, signature }: SeenContent): void {
  run.counts.hashedFiles++;
  run.counts.hashedBytes += found.stats.size;
  if (signature !== undefined) run.options.state.putSignature(digest, signature);
  take(run, found, digest, mtime);
}

function readLink(run: ScanRun, found: Found, path: RelPath): boolean {
  const target = fs.readlinkSync(run.options.root.at(path), 'latin1');
  if (!staysInside(found.directory, target)) {
    leaveOut(
      run,
      found,
      'unsafe-link',
      'is a symlink that is absolute or could leave the folder; it is not synchronised',
    );
    return true;
  }
  take(run, found, digestOfLink(target), microsecondsOf(fs.lstatSync(run.options.root.at(path), { bigint: true })));
  return true;
}

function take(run: ScanRun, found: Found, digest: Digest, mtime: number): void {
  const { stats, directory, name } = found;
  const kind = stats.isFile() ? 'file' : 'symlink';
  if (kind === 'symlink') run.counts.symlinks++;
  else countFile(run, directory, name, stats);
  run.record(found, { kind, size: stats.size, mtime, mode: stats.mode, digest, stat: localStatOf(stats) });
}

function leaveOut(
  run: ScanRun,
  { directory, name, recorded }: Found,
  code: 'special' | 'unsafe-link',
  what: string,
): void {
  const path = joinPath(directory, name);
  run.problems.add({ code, path, message: what, fatal: false });
  if (recorded !== undefined) run.withdraw(directory, recorded);
}

/** Devices are numbered anew at a reboot: the file is the same, only its recorded stat is brought up to date. */
function isMovedDevice(recorded: LocalEntry | undefined, stats: Stats): boolean {
  if (recorded?.stat === undefined || recorded.kind !== 'file' || !stats.isFile()) return false;
  return sameStat({ ...recorded.stat, dev: stats.dev }, localStatOf(stats));
}

function specialKindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'FIFO';
  if (stats.isSocket()) return 'socket';
  return 'device';
}
