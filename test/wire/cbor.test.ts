import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CBOR_ITEMS_MAX, type CborValue, decodeCbor, encodeCbor } from '../../src/wire/cbor.js';

const scalar = fc.oneof(
  fc.maxSafeNat(),
  fc.boolean(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const value = fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.array(scalar)), { maxLength: 40 }));

/** As field.ts gives integers to the encoder. */
function sendable(from: CborValue): CborValue {
  if (Array.isArray(from)) return from.map(sendable);
  return typeof from === 'number' && from > 0xffff_ffff ? BigInt(from) : from;
}

describe('canonical CBOR', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(value, (from) => {
        expect(decodeCbor(encodeCbor(sendable(from)))).toEqual(from);
      }),
    );
  });

  it('accepts bytes only if they are what it would write itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        let accepted: CborValue;
        try {
          accepted = decodeCbor(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: 'SyncError', code: 'protocol' });
          return;
        }
        expect(Buffer.compare(encodeCbor(sendable(accepted)), bytes)).toBe(0);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['a long form of a small integer', '1805'],
    ['a 64-bit form of a 32-bit integer', '1b00000000ffffffff'],
    ['an integer above 2^53 − 1', '1b0020000000000000'],
    ['a negative integer', '20'],
    ['a long form of a length', '580161'],
    ['an indefinite array', '9f01ff'],
    ['an indefinite byte string', '5f4101ff'],
    ['a map', 'a0'],
    ['a map with __proto__', 'a1695f5f70726f746f5f5f01'],
    ['a tag', 'c000'],
    ['a record definition', 'd8698100'],
    ['null', 'f6'],
    ['undefined', 'f7'],
    ['a float', 'fb3ff0000000000000'],
    ['text that is no UTF-8', '61ff'],
    ['two values', '0000'],
    ['nothing', ''],
    ['an array cut short', '8201'],
    ['arrays too deep', '818181818100'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  it.each(['9b001fffffffffffff', '9affffffff', '5b001fffffffffffff', '7affffffff', '9aff00000081'])(
    'test 14: allocates nothing for the count that %s claims',
    (hex) => {
      const before = process.memoryUsage();
      for (let i = 0; i < 1000; i++) {
        expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow(/cut short|2\^53/);
      }
      expect(process.memoryUsage().rss - before.rss).toBeLessThan(16 * 1024 * 1024);
    },
  );

  it('refuses more items than a message has, even if each is there', () => {
    const many = encodeCbor(Array.from({ length: CBOR_ITEMS_MAX }, () => 0));
    expect(() => decodeCbor(many)).toThrow(/more than 32768 items/);
  });
});
