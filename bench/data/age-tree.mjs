/**
 * Makes a tree an hour old. rsync compares times by the second: without this it would take an edit that follows at
 * once, and leaves the size as it was, for no edit at all.
 */
import fs from 'node:fs';
import path from 'node:path';

export function ageTree(folder) {
  const then = Math.floor(Date.now() / 1000) - 3600;
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    fs.lutimesSync(path.join(folder, name), then, then);
}
