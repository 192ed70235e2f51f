import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../src/delta/operation.js';
import { SplicedSignature } from '../../src/delta/spliced-signature.js';
import { noise, search, signatureOfBytes } from './patch.js';

const B = 1024;

/** Builds the signature of `target` as a rebuild would, with garbage where bytes need not be looked at. */
function spliced(basis: Buffer, target: Buffer, operations: readonly Operation[], chunk: number) {
  const signature = new SplicedSignature(target.length, signatureOfBytes(basis));
  for (const operation of operations) {
    if (operation.kind === 'copy') signature.copied(operation.target, operation.basis, operation.length);
  }
  for (let at = 0; at < target.length; at += chunk) signature.update(target.subarray(at, at + chunk));
  return signature.finish();
}

test('a spliced signature is that of the content, whatever was copied from where', () => {
  const piece = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 0, 1, 500));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.integer({ min: 1, max: 20_000 }), (pieces, chunk) => {
      const basis = noise(64 * B, 1);
      const parts = pieces.map(([from, blocks, off]) => basis.subarray(from * B, (from + blocks) * B + off));
      const target = Buffer.concat(parts);
      const operations = search(signatureOfBytes(basis), target);
      expect(spliced(basis, target, operations, chunk)).toEqual(signatureOfBytes(target));
    }),
    { numRuns: 60 },
  );
});

test('the bytes of a block that keeps its checksums are not summed', () => {
  const basis = noise(64 * B, 1);
  const operations: Operation[] = [{ kind: 'copy', target: 0, basis: 0, length: 64 * B }];
  const unread = Buffer.alloc(64 * B);
  expect(spliced(basis, unread, operations, 10_000)).toEqual(signatureOfBytes(basis));
});

test('a basis with blocks of another size gives nothing, and does no harm', () => {
  const basis = noise(8_000_000, 1);
  const target = basis.subarray(0, 100_000);
  const operations: Operation[] = [{ kind: 'copy', target: 0, basis: 0, length: target.length }];
  expect(spliced(basis, target, operations, 10_000)).toEqual(signatureOfBytes(target));
});

test('there is no signature of more or fewer bytes than were announced', () => {
  const basis = noise(64 * B, 1);
  for (const wrong of [63 * B, 64 * B + 1, 70 * B]) {
    const signature = new SplicedSignature(64 * B, signatureOfBytes(basis));
    signature.copied(0, 0, 64 * B);
    signature.update(noise(wrong, 2));
    expect(signature.finish()).toBeUndefined();
  }
});
