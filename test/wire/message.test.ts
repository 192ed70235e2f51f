import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../src/wire/cbor.js';
import { decodeMessage, versionsOf } from '../../src/wire/decode-message.js';
import { encodeMessage } from '../../src/wire/encode-message.js';
import type { Message } from '../../src/wire/message.js';
import { MESSAGES } from '../../src/wire/message-table.js';

interface Vector {
  readonly message: { readonly type: string } & Record<string, unknown>;
  readonly header: string;
}

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/wire/${name}`, import.meta.url), 'utf8');
const vectors = JSON.parse(fixture('messages.json'), revive) as Vector[];
const hostile = JSON.parse(fixture('hostile.json')) as { readonly what: string; readonly header: string }[];

/** JSON has no bytes: `{ "hex": … }` stands for them. Byte strings are strings there as here. */
function revive(_key: string, value: unknown): unknown {
  const hex = (value as { hex?: unknown } | null)?.hex;
  return typeof hex === 'string' ? Buffer.from(hex, 'hex') : value;
}

describe('messages', () => {
  it('has a vector for each type, and each number once', () => {
    expect(vectors.map(({ message }) => message.type)).toEqual(expect.arrayContaining(Object.keys(MESSAGES)));
    const numbers = Object.values(MESSAGES).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it.each(vectors.map((vector) => [vector.message.type, vector] as const))(
    'encodes and decodes %s as its vector says',
    (_type, { message, header }) => {
      expect(encodeMessage(message as unknown as Message).toString('hex')).toBe(header);
      expect(decodeMessage(Buffer.from(header, 'hex'))).toEqual(message);
    },
  );

  it.each(hostile.map(({ what, header }) => [what, header]))('refuses %s', (_what, header) => {
    expect(() => decodeMessage(Buffer.from(header as string, 'hex'))).toThrow(
      expect.objectContaining({ code: 'protocol' }),
    );
  });

  it('refuses bytes behind a message that has no payload', () => {
    const list = encodeMessage({ type: 'tree' });
    expect(() => decodeMessage(list, 1)).toThrow(/tree has no payload/);
  });

  it('accepts a damaged header only if it is another proper message', () => {
    const header = fc.constantFrom(...vectors.map((vector) => vector.header));
    fc.assert(
      fc.property(header, fc.nat(), fc.integer({ min: 1, max: 255 }), (hex, at, flip) => {
        const bytes = Buffer.from(hex, 'hex');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ flip;
        let message: Message;
        try {
          message = decodeMessage(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SyncError', code: 'protocol' });
          return;
        }
        expect(encodeMessage(message).equals(bytes)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    [
      'a count beyond its limit',
      () => ({ type: 'want', items: Array.from({ length: 1025 }, () => ({ path: 'a', digest: '', size: 0 })) }),
    ],
    ['a size that is no integer', () => ({ type: 'root', full: '', view: '', entries: 1.5, bytes: 0, seen: [] })],
    ['a negative number', () => ({ type: 'root', full: '', view: '', entries: -1, bytes: 0, seen: [] })],
  ])('does not send %s', (_what, message) => {
    expect(() => encodeMessage(message() as unknown as Message)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('cuts a text that is too long between characters', () => {
    const header = encodeMessage({ type: 'failure', code: 'io', message: 'ü'.repeat(2000) });
    const { message } = decodeMessage(header) as { message: string };
    expect(message).toMatch(/^ü+$/);
    expect(Buffer.byteLength(message)).toBeGreaterThan(1000);
  });

  it('keeps names that are no UTF-8 exact', () => {
    const path = 'caf\xe9/\xff\x80' as never;
    expect(decodeMessage(encodeMessage({ type: 'list', path }))).toEqual({ type: 'list', path });
  });

  it('test 17: takes names like __proto__ for names', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(decodeMessage(encodeMessage({ type: 'list', path: name as never }))).toEqual({ type: 'list', path: name });
    }
  });

  it('reads the versions of a hello whose other fields it does not know', () => {
    expect(versionsOf(encodeCbor([1, [3, 2], 'something', [true]]))).toEqual([3, 2]);
  });
});
