import { describe, expect, test } from 'vitest';
import { SIGNATURE_BLOCKS_MAX } from '../../src/delta/block-size.js';
import { decodeSignature, encodedSignatureBytes, encodeSignature } from '../../src/delta/signature-codec.js';
import { superBlocksOf, superFactorFor } from '../../src/delta/super-block.js';
import { literalBytes, noise, patch, search, searchKnown, signatureOfBytes } from './patch.js';

const B = 1024;
const GiB = 2 ** 30;

describe('super blocks', () => {
  const basis = noise(100 * B + 300, 1);
  const joined = superBlocksOf(signatureOfBytes(basis), 8);

  test('are found where blocks would be, shifted and at the end, one part or many in the last', () => {
    for (const size of [96 * B, 97 * B, 96 * B + 5, 100 * B + 300]) {
      const content = basis.subarray(0, size);
      const blocks = superBlocksOf(signatureOfBytes(content), 8);
      expect(blocks.weak).toHaveLength(Math.ceil(size / (8 * B)));
      const target = Buffer.concat([Buffer.from('new'), content]);
      expect(literalBytes(search(blocks, target))).toBe(3);
    }
  });

  test('with one different byte are not found', () => {
    const target = Buffer.from(basis);
    target[50 * B] = (target[50 * B] as number) ^ 1;
    const found = search(joined, target);
    expect(literalBytes(found)).toBe(8 * B);
    expect(patch(basis, found, target).equals(target)).toBe(true);
  });

  test('of a target that is known as well need not be read', () => {
    const target = Buffer.from(basis);
    target[50 * B] = (target[50 * B] as number) ^ 1;
    const { operations, read } = searchKnown(joined, target, superBlocksOf(signatureOfBytes(target), 8));
    expect(read).toBe(8 * B + 4 * B + 300);
    expect(operations).toEqual(search(joined, target));
  });

  test('are encoded as a signature whose blocks are larger, which is refused as one of plain blocks', () => {
    const encoded = encodeSignature(joined);
    expect(encoded).toHaveLength(encodedSignatureBytes(basis.length, 8));
    expect(decodeSignature(encoded, basis.length, 8)).toEqual(joined);
    expect(() => decodeSignature(encoded, basis.length)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('are as many blocks as keep a signature short, and never too large to be searched for', () => {
    expect(superFactorFor(0)).toBe(1);
    expect(superFactorFor(2 ** 20)).toBe(1);
    expect(encodedSignatureBytes(GiB, superFactorFor(GiB))).toBeLessThan(13_000);
    for (let size = 1; size < 2 ** 42; size = Math.ceil(size * 1.7)) {
      const bytes = encodedSignatureBytes(size, superFactorFor(size));
      expect(bytes).toBeLessThanOrEqual(size > 2 ** 36 ? 12 * SIGNATURE_BLOCKS_MAX + 8 : 2 ** 14 * 12 + 8);
    }
  });
});
