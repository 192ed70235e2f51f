/** Seeded bytes and numbers: the same seed gives the same data on every machine. */
import { createCipheriv, createHash } from 'node:crypto';
import fs from 'node:fs';

const PIECE = 8 << 20;

/** A stream of incompressible bytes: the AES-128-CTR keystream of a key made from the seed. */
export function randomBytesOf(seed) {
  const key = createHash('sha256').update(`p2psync bench ${seed}`).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (length) => cipher.update(Buffer.alloc(length));
}

/** Writes a file of `size` random bytes. */
export function writeRandomFile(file, size, seed) {
  const next = randomBytesOf(seed);
  const fd = fs.openSync(file, 'w');
  for (let done = 0; done < size; done += PIECE) fs.writeSync(fd, next(Math.min(PIECE, size - done)));
  fs.closeSync(fd);
}

/** Whole numbers from 0 to `below` - 1, evenly enough for test data. */
export function randomNumbers(seed) {
  const next = randomBytesOf(seed);
  let pool = next(1 << 16);
  let at = 0;
  return (below) => {
    if (at + 6 > pool.length) {
      pool = next(1 << 16);
      at = 0;
    }
    const number = pool.readUIntLE(at, 6);
    at += 6;
    return number % below;
  };
}
