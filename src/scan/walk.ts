/** Walks the folder, parents before children: each directory is compared with its record, then those below it. */
import { byteStringOfText } from '../model/byte-string.js';
import { NO_DIGEST } from '../model/digest.js';
import { joinPath, type Name, type RelPath, ROOT } from '../model/path.js';
import { compareDirectory } from './compare-directory.js';
import type { DirectoryFilter } from './filter.js';
import { IGNORE_FILE } from './ignore-rules.js';
import { type Listing, listDirectory } from './list-directory.js';
import type { Found, ScanRun } from './scan-run.js';
import { troubleOf } from './trouble.js';

/** This program's own directory: marker, staged files, trash. */
const OWN = '.p2psync';
const IGNORE_NAME = byteStringOfText(IGNORE_FILE) as Name;

export async function walkRoot(run: ScanRun): Promise<void> {
  const { names, dev } = listDirectory(run.options.root, ROOT, undefined);
  const listing = { names: names.filter((name) => name !== OWN), dev };
  await walkInto(run, ROOT, listing, run.options.filter.enter(ROOT, names.includes(IGNORE_NAME)));
}

async function walkInto(run: ScanRun, path: RelPath, listing: Listing, rules: DirectoryFilter): Promise<void> {
  run.path = path;
  const directories = await compareDirectory(run, path, listing, rules);
  if (run.batch.isDue) run.batch.flush();
  for (const directory of directories) await walkDirectory(run, directory);
}

/** A directory is recorded only once it could be listed: one that cannot be is left as it was recorded. */
async function walkDirectory(run: ScanRun, found: Found): Promise<void> {
  const path = joinPath(found.directory, found.name);
  let listing: Listing;
  let rules: DirectoryFilter;
  try {
    listing = listDirectory(run.options.root, path, found.stats);
    rules = run.options.filter.enter(path, listing.names.includes(IGNORE_NAME));
  } catch (error) {
    const trouble = troubleOf(error, path);
    if (trouble !== 'vanished') run.problems.unseen(trouble.code, path, trouble.message);
    else if (found.recorded !== undefined) run.miss(found.directory, found.recorded, found.dev);
    return;
  }
  run.counts.directories++;
  run.record(found, { kind: 'directory', size: 0, mtime: 0, mode: found.stats.mode, digest: NO_DIGEST });
  await walkInto(run, path, listing, rules);
}
