/**
 * Prints GB/s of the delta engine's inner loops, in processor time, the best of some rounds. Build the kernel first, then bundle and run:
 *   node scripts/build-kernel.mjs
 *   npx esbuild bench/delta-kernel.ts --bundle --platform=node --format=esm --packages=external --outfile=build/delta-kernel.mjs && node build/delta-kernel.mjs
 */
import { randomFillSync } from 'node:crypto';
import { DeltaSearch } from '../src/delta/delta-search.js';
import { FINE_STEP_BYTES, writeFineSums } from '../src/delta/fine-sums.js';
import { sharedKernel } from '../src/delta/kernel.js';
import type { Operation } from '../src/delta/operation.js';
import { readWindow, type Signature, SignatureBuilder } from '../src/delta/signature.js';
import { blake3 } from '../src/model/digest.js';

const SIZE = 256 * 1024 * 1024;
/** Measured as for a file of 1 GiB: blocks of 32 KiB, and of those the share that SIZE has. */
const BLOCK = 32 * 1024;
const ROUNDS = 5;

const basis = randomFillSync(Buffer.alloc(SIZE));
const other = randomFillSync(Buffer.alloc(SIZE));
const edited = Buffer.from(basis);
for (let i = 0; i < 250; i++) randomFillSync(edited, Math.floor(Math.random() * (SIZE - 4096)), 4096);

const signature = signatureOf(basis);
measure('BLAKE3 alone, whole', () => void blake3(basis));
measure('weak sums alone', () => each(basis, BLOCK, (part) => weakSum(part)));
measure('signature building, from a buffer', () => void signatureOf(basis));
measure('search, unchanged', () => void search(signature, basis));
measure('search, shifted by a byte', () => void search(signature, edited.subarray(1)));
measure('search, 4 KiB edits', () => void search(signature, edited));
measure('search, all new', () => void search(signature, other));
measure('refine: fine sums of the basis', () => fineSums(basis, 512));
measure('refine: search of gaps of 32 KiB, all new', () => refineGaps(other));
measure('refine: search of gaps of 32 KiB, all but 4 KiB found', () => refineGaps(basis));

function measure(what: string, run: () => void): void {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const started = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(started);
    best = Math.min(best, (user + system) / 1000);
  }
  console.log(`${(SIZE / best / 1e6).toFixed(2).padStart(7)} GB/s  ${what}`);
}

function signatureOf(bytes: Buffer): Signature {
  const builder = new SignatureBuilder(bytes.length);
  const window = readWindow();
  each(bytes, window.length, (part) => {
    window.set(part); // as a file read into the window would
    builder.update(window.subarray(0, part.length));
  });
  return builder.finish() as Signature;
}

function search(of: Signature, target: Buffer): Operation[] {
  const found: Operation[] = [];
  const run = new DeltaSearch(of, (operation) => found.push(operation));
  run.push(target);
  run.finish();
  return found;
}

function weakSum(part: Buffer): void {
  const { run, window, windowAt } = sharedKernel();
  window.set(part);
  run.weakSum(windowAt, part.length);
}

function fineSums(bytes: Buffer, blockSize: number): void {
  const answer = Buffer.alloc((FINE_STEP_BYTES / blockSize) * 8);
  const read = (target: Uint8Array, position: number): void => void bytes.copy(target, 0, position);
  for (let start = 0; start < bytes.length; start += FINE_STEP_BYTES) {
    writeFineSums(read, { start, length: FINE_STEP_BYTES, blockSize }, answer, 0);
  }
}

function refineGaps(target: Buffer): void {
  const sums = BLOCK / 512;
  const answer = Buffer.alloc(sums * 8);
  for (let start = 0; start < target.length; start += BLOCK) {
    // The question is about bytes 4 KiB on, so that an unchanged target is found shifted.
    const from = Math.min(start + 4096, SIZE - BLOCK);
    writeFineSums(
      (into, position) => void basis.copy(into, 0, position),
      { start: from, length: BLOCK, blockSize: 512 },
      answer,
      0,
    );
    const weak = new Uint32Array(sums);
    const strong = new Uint32Array(2 * sums);
    for (let i = 0; i < sums; i++) {
      weak[i] = answer.readUInt32LE(8 * i);
      strong[2 * i] = answer.readUInt32LE(8 * i + 4);
    }
    const blocks = {
      tier: 'fine' as const,
      blockSize: 512,
      partSize: 512,
      ranges: [{ start: from, length: BLOCK }],
      weak,
      strong,
    };
    const run = new DeltaSearch(blocks, () => {}, { target: start, basis: start });
    run.push(target.subarray(start, start + BLOCK));
    run.finish();
  }
}

function each(bytes: Buffer, step: number, use: (part: Buffer) => void): void {
  for (let at = 0; at < bytes.length; at += step) use(bytes.subarray(at, at + step));
}
