/**
 * Notes: small values that nothing depends on, each a file of its own beside the database. They are written without
 * waiting for the disk, because a run that had nothing to do should not end with a wait. One that did not reach the
 * disk whole counts as none.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Undefined if there is none that can be read. */
export function readNote(directory: string, name: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(fileOf(directory, name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Readers see the old note or the new one. Undefined removes it. What cannot be written is not: a run is no failure for it. */
export function writeNote(directory: string, name: string, value: unknown): void {
  const file = fileOf(directory, name);
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    if (value === undefined) {
      fs.rmSync(file, { force: true });
      return;
    }
    fs.writeFileSync(draft, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
    fs.renameSync(draft, file);
  } catch {
    fs.rmSync(draft, { force: true });
  }
}

function fileOf(directory: string, name: string): string {
  return path.join(directory, `${name}.json`);
}
