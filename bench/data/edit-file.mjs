/** Edits of large files, as programs make them: overwrites in place, insertions, removals, moved regions. */
import fs from 'node:fs';
import { randomBytesOf, randomNumbers } from './random.mjs';

/** Overwrites `count` blocks of `size` bytes at random aligned places. */
export function overwriteBlocks(file, count, size, seed) {
  const next = randomBytesOf(seed);
  const pick = randomNumbers(`${seed} places`);
  const fd = fs.openSync(file, 'r+');
  const blocks = Math.floor(fs.fstatSync(fd).size / size);
  for (let n = 0; n < count; n++) fs.writeSync(fd, next(size), 0, size, pick(blocks) * size);
  fs.closeSync(fd);
}

export function insertBytes(file, offset, bytes) {
  const old = fs.readFileSync(file);
  writePieces(file, [old.subarray(0, offset), bytes, old.subarray(offset)]);
}

export function removeBytes(file, offset, length) {
  const old = fs.readFileSync(file);
  writePieces(file, [old.subarray(0, offset), old.subarray(offset + length)]);
}

/** Swaps two regions of `length` bytes that do not overlap; `first` is the lower offset. */
export function swapRegions(file, first, second, length) {
  const old = fs.readFileSync(file);
  writePieces(file, [
    old.subarray(0, first),
    old.subarray(second, second + length),
    old.subarray(first + length, second),
    old.subarray(first, first + length),
    old.subarray(second + length),
  ]);
}

function writePieces(file, pieces) {
  const fd = fs.openSync(file, 'w');
  for (const piece of pieces) writeAll(fd, piece);
  fs.closeSync(fd);
}

/** One write call takes 2 GiB at most, and may take less than it was given. */
function writeAll(fd, bytes) {
  for (let done = 0; done < bytes.length; )
    done += fs.writeSync(fd, bytes, done, Math.min(1 << 28, bytes.length - done));
}
