/** The delta engine without an exchange: what the tests of src/delta hold its parts together with. */
import { FINE_SUM_BYTES } from '../../src/delta/block-size.js';
import type { Blocks } from '../../src/delta/blocks.js';
import { DeltaSearch } from '../../src/delta/delta-search.js';
import { FINE_STEP_BYTES, writeFineSums } from '../../src/delta/fine-sums.js';
import { type Gap, planGaps } from '../../src/delta/gap.js';
import { stepsOver } from '../../src/delta/known-blocks.js';
import { type Operation, OperationMerger } from '../../src/delta/operation.js';
import { decodeAnswer, decodeQuestion, encodeQuestion } from '../../src/delta/refine-codec.js';
import { type Signature, SignatureBuilder } from '../../src/delta/signature.js';

export function signatureOfBytes(bytes: Uint8Array): Signature {
  const builder = new SignatureBuilder(bytes.length);
  builder.update(bytes);
  const signature = builder.finish();
  if (signature === undefined) throw new Error('no signature');
  return signature;
}

/** Operations that make `target` of the basis with these blocks; `chunk` bytes are pushed at a time. */
export function search(
  blocks: Blocks,
  target: Uint8Array,
  chunk = 65_536,
  origin = { target: 0, basis: 0 },
): Operation[] {
  const found: Operation[] = [];
  const run = new DeltaSearch(blocks, (operation) => found.push(operation), origin);
  for (let at = 0; at < target.length; at += chunk) run.push(target.subarray(at, at + chunk));
  run.finish();
  return found;
}

/** The same where the target's own signature is known; also says how many bytes had to be read. */
export function searchKnown(basis: Signature, target: Uint8Array, known: Signature) {
  const operations: Operation[] = [];
  const run = new DeltaSearch(basis, (operation) => operations.push(operation));
  let read = 0;
  let position = 0;
  for (const step of stepsOver(target.length, run, basis, known)) {
    if (step.kind === 'skip') {
      run.skip(step.block);
      position += basis.blockSize;
    } else {
      run.push(target.subarray(position, position + step.length));
      position += step.length;
      read += step.length;
    }
  }
  run.finish();
  return { operations, read };
}

/** Refines operations as the two ends of a session would, through the encoded question and answer. */
export function refine(operations: Operation[], basis: Uint8Array, target: Uint8Array) {
  const { blockSize } = signatureOfBytes(basis);
  const gaps = planGaps(operations, undefined, basis.length, { coarse: blockSize }, true);
  const question = encodeQuestion(gaps);
  const answer = answerOf(question, basis);
  const refined: Operation[] = [];
  const merger = new OperationMerger((operation) => refined.push(operation));
  const blocks = decodeAnswer(answer, gaps);
  for (const operation of operations) {
    const at = gaps.findIndex((gap) => gap.literal === operation);
    if (at < 0) merger.push(operation);
    else for (const found of searchGap(gaps[at] as Gap, blocks[at] as Blocks, target)) merger.push(found);
  }
  merger.flush();
  return { operations: refined, wireBytes: question.length + answer.length };
}

function searchGap({ literal, basis }: Gap, blocks: Blocks, target: Uint8Array): Operation[] {
  const found: Operation[] = [];
  const run = new DeltaSearch(blocks, (operation) => found.push(operation), { target: literal.target, basis });
  run.push(target.subarray(literal.target, literal.target + literal.length));
  run.finish();
  return found;
}

function answerOf(question: Uint8Array, basis: Uint8Array): Uint8Array {
  const ranges = decodeQuestion(question, basis.length);
  const answer = new Uint8Array(ranges.reduce((sum, r) => sum + Math.ceil(r.length / r.blockSize), 0) * FINE_SUM_BYTES);
  const read = (into: Uint8Array, position: number): void => into.set(basis.subarray(position, position + into.length));
  let at = 0;
  for (const { start, length, blockSize } of ranges) {
    for (let done = 0; done < length; done += FINE_STEP_BYTES) {
      const step = { start: start + done, length: Math.min(FINE_STEP_BYTES, length - done), blockSize };
      at = writeFineSums(read, step, answer, at);
    }
  }
  return answer;
}

/** Carries operations out; throws unless they cover the target from start to end in order. */
export function patch(basis: Uint8Array, operations: readonly Operation[], target: Uint8Array): Buffer {
  const made = Buffer.alloc(target.length);
  let at = 0;
  for (const operation of operations) {
    if (operation.target !== at) throw new Error(`expected an operation at ${at}, got one at ${operation.target}`);
    const from = operation.kind === 'copy' ? basis.subarray(operation.basis) : target.subarray(at);
    made.set(from.subarray(0, operation.length), at);
    at += operation.length;
  }
  if (at !== target.length) throw new Error(`the operations end at ${at} of ${target.length}`);
  return made;
}

export function literalBytes(operations: readonly Operation[]): number {
  return operations.reduce((sum, { kind, length }) => sum + (kind === 'literal' ? length : 0), 0);
}

/** Pseudo-random bytes that depend on the seed only (xorshift32). */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  for (let i = 0; i < bytes.length; i += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state, i);
  }
  return bytes.subarray(0, length);
}
