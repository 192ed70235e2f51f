/**
 * A place in memory for a measurement's files, so that no disk is measured, removed at the end whatever happens: a tmpfs of
 * its own, because /dev/shm has room for a few million files only.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cleanUp } from './clean-up.mjs';

export async function withWorkspace(use) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'p2psync-bench-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=0,size=90%,mode=700', 'p2psync-bench', folder]);
  const remove = cleanUp(() => {
    execFileSync('umount', ['--lazy', folder]);
    fs.rmdirSync(folder);
  });
  try {
    return await use(folder);
  } finally {
    remove();
  }
}

/** Makes `to` an exact copy of the tree `from`: content, times and modes. */
export function copyTree(from, to) {
  fs.rmSync(to, { recursive: true, force: true });
  execFileSync('cp', ['-a', '--', from, to]);
}

/** Reads every file once: the first read after a write is slower, and no program should pay for another's. */
export function readTree(folder) {
  execFileSync('find', [folder, '-type', 'f', '-exec', 'cat', '{}', '+'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Throws unless both trees hold the same files with the same content, p2psync's own folder aside. */
export function assertSameTree(a, b) {
  execFileSync('diff', ['-r', '--no-dereference', '--exclude=.p2psync', a, b], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
