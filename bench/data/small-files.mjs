/** A tree of many small files: sizes from a few bytes to some KiB, about fifty to a directory. */
import fs from 'node:fs';
import path from 'node:path';
import { randomBytesOf, randomNumbers } from './random.mjs';

const PER_DIRECTORY = 50;
const LARGEST = 4096;

export function writeSmallFiles(folder, count, seed) {
  const next = randomBytesOf(seed);
  const pick = randomNumbers(`${seed} sizes`);
  for (let n = 0; n < count; n++) {
    const directory = path.join(
      folder,
      `d${Math.floor(n / PER_DIRECTORY / 50)}`,
      `e${Math.floor(n / PER_DIRECTORY) % 50}`,
    );
    if (n % PER_DIRECTORY === 0) fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, `file-${n}.dat`), next(1 + pick(LARGEST)));
  }
}
