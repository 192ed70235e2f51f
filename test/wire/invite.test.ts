import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyncError } from '../../src/model/sync-error.js';
import { CROCKFORD } from '../../src/wire/crockford.js';
import { formatInvite, INVITE_PREFIX, parseInvite } from '../../src/wire/invite.js';

interface Vector {
  readonly secret: string;
  readonly epoch: number;
  readonly invite: string;
}
const fixture = new URL('../../fixtures/invite/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(fixture, 'utf8')) as Vector[];
const vector = vectors[0] as Vector;
const invite = vector.invite;
const body = invite.slice(INVITE_PREFIX.length).replaceAll('-', '');

const keys = fc.record({
  secret: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
  epoch: fc.integer({ min: 1, max: 0xffffffff }),
});

describe('an invite', () => {
  it.each(vectors)('is the one of the fixture for epoch $epoch', ({ secret, epoch, invite }) => {
    expect(formatInvite({ secret: Buffer.from(secret, 'hex'), epoch })).toBe(invite);
    expect(parseInvite(invite)).toEqual({ secret: Buffer.from(secret, 'hex'), epoch });
  });

  it('comes back as the key it was made of', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(parseInvite(formatInvite(key))).toEqual(key);
      }),
    );
  });

  it.each([
    ['in lower case', invite.toLowerCase()],
    ['without dashes', invite.replaceAll('-', '')],
    ['with spaces for dashes and around it', `  ${invite.replaceAll('-', ' ')}\n`],
    ['broken over two lines', `${invite.slice(0, 40)}\r\n  ${invite.slice(40)}`],
    ['with the dashes of a word processor', invite.replaceAll('-', '\u2011')],
    ['with O for 0', invite.replaceAll('0', 'o')],
    ['with l for 1', invite.replaceAll('1', 'l')],
    ['with I for 1', invite.replaceAll('1', 'I')],
    ['as a key file with comments', `# key of a group\n${invite}\n# end\n`],
  ])('is understood %s', (_how, text) => {
    expect(parseInvite(text).secret.toString('hex')).toBe(vector.secret);
  });
});

describe('a typo in an invite', () => {
  it.each([
    ['a character that no invite contains', replaceAt(body, 14, 'U'), 'character 3 of group 3 is "U"'],
    ['an invisible character', replaceAt(body, 14, '\u0007'), 'character 3 of group 3 is U+0007'],
    ['a wrong character', replaceAt(body, 20, 'Z'), 'character 3 of group 4 is wrong'],
    ['a wrong character in the checksum', replaceAt(body, 65, 'Z'), 'character 6 of group 11 is wrong'],
    [
      'two swapped characters',
      body.slice(0, 48) + body[49] + body[48] + body.slice(50),
      'character 1 of group 9 and the one behind it are swapped',
    ],
    ['a lost character', body.slice(0, 57) + body.slice(58), 'got 65; character 4 of group 10 is missing'],
    ['a doubled character', `${body.slice(0, 50)}8${body.slice(50)}`, 'got 67; character 3 of group 9 is one too many'],
    ['half of it', body.slice(0, 33), 'expected 66 characters behind the prefix, got 33'],
    ['two wrong characters', replaceAt(replaceAt(body, 20, 'Z'), 40, 'Z'), 'more than one character is wrong'],
  ])('%s is found and named by its place', (_what, wrong, said) => {
    expect(messageOf(INVITE_PREFIX + wrong)).toContain(said);
  });

  it.each([
    ['nothing', '', 'expected one, got nothing'],
    ['something else', 'https://example.org', 'expected it to start with p2psync1-'],
    ['an invite of a later format', `p2psync2-${body}`, 'made by a newer p2psync'],
    ['a long text', 'x'.repeat(5_000), 'got 5000'],
  ])('%s is refused with what was expected', (_what, text, said) => expect(messageOf(text)).toContain(said));

  it('is never accepted, wherever one character is replaced, and its place is said', () => {
    const place = fc.nat(body.length - 1);
    const slip = fc.constantFrom(...CROCKFORD);
    fc.assert(
      fc.property(keys, place, slip, (key, at, character) => {
        const right = formatInvite(key).slice(INVITE_PREFIX.length).replaceAll('-', '');
        fc.pre(right[at] !== character);
        const said = messageOf(INVITE_PREFIX + replaceAt(right, at, character));
        expect(said).toContain(`character ${(at % 6) + 1} of group ${Math.floor(at / 6) + 1} is wrong`);
      }),
      { numRuns: 30 },
    );
  });

  it('is described without any part of the secret', () => {
    for (let at = 0; at < body.length; at += 5) {
      const said = messageOf(INVITE_PREFIX + replaceAt(body, at, body[at] === 'Z' ? 'Y' : 'Z'));
      for (const group of invite.slice(INVITE_PREFIX.length).split('-')) expect(said).not.toContain(group);
    }
  });
});

function replaceAt(text: string, at: number, character: string): string {
  return text.slice(0, at) + character + text.slice(at + 1);
}

function messageOf(text: string): string {
  try {
    parseInvite(text);
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    expect((error as SyncError).code).toBe('usage');
    return (error as SyncError).message;
  }
  throw new Error('was accepted');
}
