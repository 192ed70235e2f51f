/** Temporary directories on a memory disk and on the normal one, removed when the test is over. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** File systems differ in what they promise, so the tests run on both. */
export const DISKS: readonly string[] = [os.tmpdir(), ...(fs.existsSync('/dev/shm') ? ['/dev/shm'] : [])];

export function temporaryDirectory(disk: string = os.tmpdir()): string {
  const directory = fs.mkdtempSync(path.join(disk, 'p2psync-test-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}
