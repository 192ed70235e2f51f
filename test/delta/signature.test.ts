import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import vectors from '../../fixtures/delta/signature.json' with { type: 'json' };
import { DELTA_SIZE_MAX } from '../../src/delta/block-size.js';
import { readWindow, SignatureBuilder } from '../../src/delta/signature.js';
import { decodeSignature, encodedSignatureBytes, encodeSignature } from '../../src/delta/signature-codec.js';
import { noise, signatureOfBytes } from './patch.js';

describe('building', () => {
  test('gives the same signature however the file is cut into chunks', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.array(fc.integer({ min: 1, max: 5000 })), (size, cuts) => {
        const bytes = noise(size, 1);
        const builder = new SignatureBuilder(size);
        let at = 0;
        for (const cut of cuts) {
          builder.update(bytes.subarray(at, at + cut));
          at = Math.min(size, at + cut);
        }
        builder.update(bytes.subarray(at));
        expect(builder.finish()).toEqual(signatureOfBytes(bytes));
      }),
      { numRuns: 60 },
    );
  });

  test('sums a chunk that was read into the window where it lies', () => {
    const bytes = noise(3_000_000, 2);
    const builder = new SignatureBuilder(bytes.length);
    for (let at = 0; at < bytes.length; ) {
      const part = readWindow().subarray(0, bytes.length - at);
      part.set(bytes.subarray(at, at + part.length));
      builder.update(part);
      at += part.length;
    }
    expect(builder.finish()).toEqual(signatureOfBytes(bytes));
  });

  test.each([
    ['shrank', 9_999],
    ['grew within its last block', 10_001],
    ['grew by blocks', 40_000],
  ])('gives none of a file that %s while it was read', (_, actual) => {
    const builder = new SignatureBuilder(10_000);
    builder.update(noise(actual, 3));
    expect(builder.finish()).toBeUndefined();
  });
});

describe('encoding', () => {
  test('decodes to what was encoded', () => {
    for (const size of [0, 1, 1023, 1024, 1025, 100_000]) {
      const signature = signatureOfBytes(noise(size, size));
      const encoded = encodeSignature(signature);
      expect(encoded.length).toBe(encodedSignatureBytes(size));
      expect(decodeSignature(encoded, size)).toEqual(signature);
    }
  });

  test('keeps to the vectors in fixtures/delta/signature.json', () => {
    for (const { content, encoded } of vectors) {
      const bytes = Buffer.from(content, 'hex');
      expect(encodeSignature(signatureOfBytes(bytes)).toString('hex')).toBe(encoded);
    }
  });

  test('refuses a signature that is not of the size wanted, cut, extended or of another kind', () => {
    const encoded = encodeSignature(signatureOfBytes(noise(5000, 1)));
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(encoded);
      copy[at] = (copy[at] as number) ^ 1;
      return copy;
    };
    const attacks: [Uint8Array, number][] = [
      [encoded, 5001],
      [encoded.subarray(0, -1), 5000],
      [Buffer.concat([encoded, Buffer.alloc(12)]), 5000],
      [flipped(0), 5000],
      [flipped(1), 5000],
      [flipped(2), 5000],
      [Buffer.alloc(0), 5000],
      [encoded, DELTA_SIZE_MAX + 1],
    ];
    for (const [bytes, size] of attacks) {
      expect(() => decodeSignature(bytes, size)).toThrow(expect.objectContaining({ code: 'protocol' }));
    }
  });
});
