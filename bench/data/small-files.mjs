/** Trees of many small files of seeded random bytes. */
import fs from 'node:fs';
import path from 'node:path';
import { randomBytesOf, randomNumbers } from './random.mjs';

/**
 * `files` in `directories`, of `from` to `to` bytes each. `empty`: that many files of ten are empty, so that a very large
 * tree fits a memory disk, where the shortest content takes a page.
 */
export function writeManyFiles(folder, { files, directories, from, to, empty = 0 }) {
  const next = randomBytesOf('many files');
  const pick = randomNumbers('many sizes');
  for (let d = 0; d < directories; d++) {
    const directory = path.join(folder, `directory-${d}`);
    fs.mkdirSync(directory, { recursive: true });
    for (let n = d; n < files; n += directories) {
      const size = n % 10 < empty ? 0 : from + pick(to - from + 1);
      fs.writeFileSync(path.join(directory, `file-${n}.dat`), next(size));
    }
  }
}
