/**
 * The table of messages: for each type its number on the wire, whether raw bytes may follow the header, and its
 * fields in wire order with their limits (docs/PROTOCOL.md, "Messages"). The types say what each field means.
 */
import { INSTRUCTIONS_BYTES_MAX } from '../delta/instruction.js';
import type { Layout } from './field.js';
import { bool, bytes, digest, list, name, pairs, path, replicaId, rows, text, uint, word } from './field.js';
import { FRAME_MAX } from './frame.js';
import { ID_BYTES } from './key-schedule.js';
import type { Change, MessageOf, MessageType, Segment, Trouble, WantItem } from './message.js';

/** Protocol versions in a hello; more than will ever be alive at once. */
export const VERSIONS_MAX = 16;
/** Words in a hello. */
export const FEATURES_MAX = 32;
/** Bytes of one feature word. */
export const FEATURE_MAX = 32;
/** Bytes; a DNS name is shorter. */
export const HOST_NAME_MAX = 255;
/** Bytes of a sentence for people. */
export const TEXT_MAX = 1_024;
/** Replicas that ever edited a folder, in `root`. */
export const SEEN_MAX = 4_096;
/** Contents asked for in one `want`. */
export const WANT_MAX = 1_024;
/** Segments of one `contents`; the smallest files fill a frame of 64 KiB with fewer. */
export const SEGMENTS_MAX = 4_096;
/** Changes or problems in one `applied`; more are split over several. */
export const APPLIED_MAX = 1_024;
export interface Entry<T> {
  /** First element of the header; never used again for another message. */
  readonly number: number;
  readonly payload: boolean;
  readonly fields: Layout<Omit<T, 'type'>>;
}

const codec = word('none', 'zstd', 'brotli', 'deflate');
const size = uint();

const segments = rows<Segment>(
  { item: uint(), length: uint(FRAME_MAX), status: word('more', 'last', 'gone') },
  SEGMENTS_MAX,
);
const wantItems = rows<WantItem>({ path, digest, size }, WANT_MAX);
const changes = rows<Change>(
  {
    name,
    action: word('create', 'update', 'delete', 'conflict', 'restore', 'metadata'),
    bytes: size,
    literalBytes: size,
    matchedBytes: size,
    reusedBytes: size,
  },
  APPLIED_MAX,
);
const problemCode = word(
  'unreadable',
  'unwritable',
  'changed',
  'special',
  'hard-link',
  'unsafe-link',
  'name',
  'blocked',
  'corrupt',
  'unavailable',
  'refused',
  'peer',
);
const problems = rows<Trouble>({ code: problemCode, path, message: text(TEXT_MAX), fatal: bool }, APPLIED_MAX);
const errorCode = word(
  'usage',
  'not-joined',
  'no-peers',
  'auth',
  'partial',
  'conflicts',
  'locked',
  'version',
  'timeout',
  'protocol',
  'closed',
  'changed',
  'path',
  'io',
  'interrupted',
);

export const MESSAGES: { readonly [T in MessageType]: Entry<MessageOf<T>> } = {
  hello: {
    number: 1,
    payload: false,
    fields: {
      versions: list(uint(0xffff), VERSIONS_MAX),
      group: bytes(ID_BYTES),
      replica: replicaId,
      run: bytes(ID_BYTES),
      name: text(HOST_NAME_MAX),
      clock: uint(),
      features: list(text(FEATURE_MAX), FEATURES_MAX),
      purpose: word('once', 'check', 'serve'),
      deletes: bool,
      readOnly: bool,
    },
  },
  tree: { number: 2, payload: false, fields: {} },
  root: {
    number: 3,
    payload: false,
    fields: {
      full: digest,
      view: digest,
      entries: uint(),
      bytes: size,
      seen: pairs(replicaId, uint(), SEEN_MAX),
      free: size,
    },
  },
  list: { number: 4, payload: false, fields: { path } },
  directory: { number: 5, payload: true, fields: { path, last: bool } },
  content: { number: 6, payload: false, fields: {} },
  want: { number: 7, payload: false, fields: { items: wantItems } },
  contents: { number: 8, payload: true, fields: { segments } },
  delta: { number: 9, payload: false, fields: { path, digest, size, basis: digest, basisSize: size } },
  'signature-need': { number: 10, payload: false, fields: {} },
  signature: { number: 11, payload: true, fields: { last: bool } },
  refine: { number: 12, payload: true, fields: {} },
  refined: { number: 13, payload: true, fields: {} },
  instructions: { number: 14, payload: true, fields: { codec, size: uint(INSTRUCTIONS_BYTES_MAX), last: bool } },
  assign: {
    number: 15,
    payload: false,
    fields: { conflict: word('keep-both', 'newest', 'fail'), deletes: bool, known: uint() },
  },
  target: { number: 16, payload: true, fields: { path, last: bool } },
  applied: {
    number: 17,
    payload: false,
    fields: { path, changes, problems, last: bool },
  },
  reuse: { number: 19, payload: false, fields: { path, digest, size, thorough: bool } },
  chunks: { number: 20, payload: true, fields: { start: uint() } },
  found: { number: 21, payload: true, fields: {} },
  failure: { number: 18, payload: false, fields: { code: errorCode, message: text(TEXT_MAX) } },
};
