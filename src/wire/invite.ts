/**
 * Invites: a group's key as text to copy, type or read aloud (docs/PROTOCOL.md [invite]).
 * A typo is found here, before anything is sent, and named by its place, never by the secret itself.
 */
import { createHash } from 'node:crypto';
import { SyncError } from '../model/sync-error.js';
import { CROCKFORD, crockfordLength, foldCrockford, fromCrockford, toCrockford } from './crockford.js';
import { describeTypo, placeOf } from './invite-typo.js';
import { type GroupKey, KEY_BYTES } from './key-schedule.js';

/** What every invite starts with; the digit is the format's version. */
export const INVITE_PREFIX = 'p2psync1-';
/** Characters between two dashes: few enough to keep in mind while copying. */
export const INVITE_GROUP = 6;
/** Characters of what may be read as an invite: a key file with its comments is far below. */
const TEXT_MAX = 4096;

const VERSION = 1;
const EPOCH_AT = 1;
const SECRET_AT = 5;
const CHECKSUM_AT = SECRET_AT + KEY_BYTES;
const CHECKSUM_BYTES = 4;
const INVITE_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;
const INVITE_CHARACTERS = crockfordLength(INVITE_BYTES);

/** The invite of a key: `p2psync1-` and eleven groups of six characters. */
export function formatInvite(key: GroupKey): string {
  if (key.secret.length !== KEY_BYTES) throw new RangeError(`a secret has ${KEY_BYTES} bytes`);
  const bytes = Buffer.alloc(INVITE_BYTES);
  bytes[0] = VERSION;
  bytes.writeUInt32BE(key.epoch, EPOCH_AT);
  key.secret.copy(bytes, SECRET_AT);
  checksum(bytes).copy(bytes, CHECKSUM_AT);
  const groups = toCrockford(bytes).match(new RegExp(`.{1,${INVITE_GROUP}}`, 'g')) ?? [];
  return INVITE_PREFIX + groups.join('-');
}

/**
 * The key of an invite, however it was copied: any case, with spaces, line breaks or without dashes, I and L
 * for 1, O for 0; lines that start with `#` are comments. Throws `usage` with the place of what is wrong.
 */
export function parseInvite(text: string): GroupKey {
  const body = bodyOf(text);
  checkAlphabet(body);
  const key = keyOf(body);
  if (key !== undefined) return key;
  throw bad(describeTypo(body, INVITE_CHARACTERS, INVITE_GROUP, (candidate) => keyOf(candidate) !== undefined));
}

/** The characters behind the prefix, folded, without what only separates them. */
function bodyOf(text: string): string {
  if (text.length > TEXT_MAX) throw bad(`expected about 85 characters, got ${text.length}`);
  const lines = text.split(/[\r\n]+/).filter((line) => !line.trimStart().startsWith('#'));
  const folded = foldCrockford(lines.join('').replace(SEPARATORS, ''));
  if (folded === '') throw bad('expected one, got nothing');
  const prefix = foldCrockford(INVITE_PREFIX.slice(0, -1));
  if (folded.startsWith(prefix)) return folded.slice(prefix.length);
  if (/^P2PSYNC[2-9]/.test(folded)) throw bad('it was made by a newer p2psync: update this one');
  throw bad(`expected it to start with ${INVITE_PREFIX}: copy the whole line`);
}

/** White space, invisible marks, and the dashes that mail and word processors make of a plain one. */
const SEPARATORS = /[\s\u00ad\u200b-\u200f\u2060\ufeff\-\u2010-\u2015\u2212]/g;

function checkAlphabet(body: string): void {
  let at = 0;
  for (const character of body) {
    if (!CROCKFORD.includes(character)) {
      throw bad(`${placeOf(at, INVITE_GROUP)} is ${printable(character)}, which no invite contains`);
    }
    at++;
  }
}

function keyOf(body: string): GroupKey | undefined {
  const bytes = fromCrockford(body, INVITE_BYTES);
  if (bytes === undefined || !checksum(bytes).equals(bytes.subarray(CHECKSUM_AT))) return undefined;
  const epoch = bytes.readUInt32BE(EPOCH_AT);
  if (bytes[0] !== VERSION || epoch === 0) return undefined;
  return { secret: Buffer.from(bytes.subarray(SECRET_AT, CHECKSUM_AT)), epoch };
}

/** Against typos only: it stands beside the secret, so it reveals nothing and protects nothing. */
function checksum(bytes: Buffer): Buffer {
  const hash = createHash('sha256').update('p2psync invite').update(bytes.subarray(0, CHECKSUM_AT));
  return hash.digest().subarray(0, CHECKSUM_BYTES);
}

function printable(character: string): string {
  return /^[!-~]$/.test(character) ? `"${character}"` : `U+${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
}

function bad(what: string): SyncError {
  return new SyncError('usage', `not a valid invite: ${what}`);
}
