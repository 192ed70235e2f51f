/** Random lies: the grammar of messages, packed directories and answers, with wrong values where a liar would put them. */
import fc from 'fast-check';
import { type Entry, type Kind, lineageOf } from '../../../src/model/entry.js';
import type { RelPath } from '../../../src/model/path.js';
import type { ReplicaId } from '../../../src/model/version-vector.js';
import { encodeMessage } from '../../../src/wire/encode-message.js';
import { encodeFrame, KIND } from '../../../src/wire/frame.js';
import type { Message } from '../../../src/wire/message.js';
import { type Book, entryOf, pack, randomDigest, sendContent } from './hostile-peer.js';

/** What a liar knows of its victim. */
export interface Known {
  readonly replica: ReplicaId;
  readonly digests: readonly Entry['digest'][];
}

const MOST = Number.MAX_SAFE_INTEGER;
const NAMES = ['a', 'b', 'sub', 'inner', 'kept.txt', '__proto__', 'é', 'x.conflict-0123456789', '.p2psyncignore'];
const BAD_NAMES = ['..', '', 'x/y', '.p2psync', 'a\0', 'n'.repeat(255), '.P2PSYNC'];
const KINDS: readonly Kind[] = ['file', 'directory', 'symlink', 'deleted'];

const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...BAD_NAMES) },
);
const path = fc.array(name, { maxLength: 3 }).map((names) => names.join('/') as RelPath);
const size = fc.oneof(fc.constantFrom(0, 1, 10, 20_000, 2 ** 32, MOST), fc.nat(300_000));
const bytes = fc.uint8Array({ maxLength: 300 });

const digestOfVictim = ({ digests }: Known) =>
  fc.oneof(fc.constantFrom(...digests), fc.constant(undefined).map(randomDigest));

function entry(known: Known): fc.Arbitrary<Entry> {
  const id = fc.constantFrom(
    known.replica,
    'rliar..1' as ReplicaId,
    'rliar..2' as ReplicaId,
    `z${'\0'.repeat(7)}` as ReplicaId,
  );
  const vector = fc.uniqueArray(fc.tuple(id, fc.constantFrom(1, 2, 2 ** 40, MOST)), {
    maxLength: 3,
    selector: ([key]) => key,
  });
  const honest = fc
    .record({ name, kind: fc.constantFrom(...KINDS) })
    .map(({ name: called, kind }) => entryOf(called, { kind }));
  const lied = fc.record({
    base: honest,
    vector: vector.map((pairs) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))),
    lineage: fc.array(digestOfVictim(known).map(lineageOf), { maxLength: 3 }),
    size,
    digest: digestOfVictim(known),
    mtime: fc.constantFrom(0, -1, MOST, -MOST, 1_700_000_000_000_000),
    mode: fc.constantFrom(0, 0o644, 0o777, 0o7777),
    liesOfContent: fc.boolean(),
  });
  return fc.oneof(
    honest,
    lied.map(({ base, liesOfContent, size: claimed, digest, ...rest }) => {
      const held = base.kind === 'file' || base.kind === 'symlink';
      return { ...base, ...rest, ...(held && liesOfContent ? { size: claimed, digest } : {}) };
    }),
  );
}

/** Packed entries: mostly in order, sometimes not, sometimes with a byte changed, sometimes no directory at all. */
export function packed(known: Known): fc.Arbitrary<Buffer> {
  const entries = fc.record({ list: fc.array(entry(known), { maxLength: 6 }), sorted: fc.integer({ min: 0, max: 9 }) });
  const whole = entries.map(({ list, sorted }) => {
    const unique = [...new Map(list.map((each) => [each.name, each])).values()];
    return pack(sorted === 0 ? list : unique.sort((a, b) => (a.name < b.name ? -1 : 1)));
  });
  return fc.oneof(
    { weight: 8, arbitrary: whole },
    { weight: 1, arbitrary: mutated(whole) },
    { weight: 1, arbitrary: bytes.map((raw) => Buffer.from(raw)) },
  );
}

/** The same bytes with some changed, cut off or put in. */
function mutated(whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(9))
    .map(([from, edits, cut]) => {
      const copy = Buffer.from(from);
      for (const [at, value] of edits) if (copy.length > 0) copy[at % copy.length] = value;
      return cut === 0 ? copy.subarray(0, copy.length >> 1) : copy;
    });
}

function message(known: Known): fc.Arbitrary<Message> {
  const digest = digestOfVictim(known);
  const wanted = fc.record({ path, digest, size });
  const of = fc.record;
  const type = <const T extends string>(value: T) => fc.constant(value);
  return fc.oneof(
    of({ type: type('tree') }),
    of({
      type: type('root'),
      full: digest,
      view: digest,
      entries: size,
      bytes: size,
      seen: fc.constant([[known.replica, MOST]] as const),
      free: size,
    }),
    of({ type: type('list'), path }),
    of({ type: type('directory'), path, last: fc.boolean() }),
    of({ type: type('content') }),
    of({ type: type('want'), items: fc.array(wanted, { maxLength: 20 }) }),
    of({
      type: type('contents'),
      segments: fc.array(
        of({ item: fc.nat(3), length: fc.nat(400), status: fc.constantFrom('more', 'last', 'gone') }),
        { maxLength: 5 },
      ),
    }),
    of({ type: type('delta'), path, digest, size, basis: digest, basisSize: size }),
    of({ type: type('signature-need') }),
    of({ type: type('signature'), last: fc.boolean() }),
    of({ type: type('refine') }),
    of({ type: type('refined') }),
    of({
      type: type('instructions'),
      codec: fc.constantFrom('none', 'brotli', 'zstd', 'deflate'),
      size: fc.nat(262_144),
      last: fc.boolean(),
    }),
    of({
      type: type('assign'),
      conflict: fc.constantFrom('keep-both', 'newest', 'fail'),
      deletes: fc.boolean(),
      known: size,
    }),
    of({ type: type('target'), path, last: fc.boolean() }),
    of({ type: type('applied'), path, changes: fc.constant([]), problems: fc.constant([]), last: fc.boolean() }),
    of({
      type: type('failure'),
      code: fc.constantFrom('io', 'protocol', 'usage', 'interrupted'),
      message: fc.string(),
    }),
  ) as fc.Arbitrary<Message>;
}

/** Frames on the wire of one session, after its hello. */
export function frames(known: Known): fc.Arbitrary<Buffer[]> {
  const channel = fc.oneof(fc.constantFrom(0, 1, 1, 1, 2, 3, 5, 7), fc.nat(0xffff_ffff));
  const payload = fc.oneof(
    fc.constant(Buffer.alloc(0)),
    packed(known),
    bytes.map((raw) => Buffer.from(raw)),
  );
  const spoken = fc
    .record({
      kind: fc.constantFrom(KIND.open, KIND.open, KIND.message, KIND.message, KIND.abort),
      channel,
      said: message(known),
      payload,
    })
    .map(({ kind, channel: on, said, payload: behind }) => encodeFrame(kind, on, encodeMessage(said), behind));
  const bare = fc
    .record({ kind: fc.constantFrom(...Object.values(KIND)), channel, body: fc.uint8Array({ maxLength: 4 }) })
    .map(({ kind, channel: on, body }) => encodeFrame(kind, on, Buffer.alloc(0), Buffer.from(body)));
  const frame = fc.oneof(
    { weight: 8, arbitrary: spoken },
    { weight: 2, arbitrary: bare },
    { weight: 1, arbitrary: mutated(spoken) },
    { weight: 1, arbitrary: bytes.map((raw) => Buffer.from(raw)) },
  );
  return fc.array(frame, { minLength: 1, maxLength: 12 });
}

const ANSWERS = ['right', 'right', 'short', 'long', 'other', 'gone', 'empty', 'item', 'end', 'silence'] as const;

/** A liar that answers questions: what it claims of each directory, and how it fails to hold it. */
export function book(known: Known): fc.Arbitrary<Book> {
  return fc
    .record({
      top: packed(known),
      below: fc.array(packed(known), { minLength: 1, maxLength: 3 }),
      answers: fc.infiniteStream(fc.constantFrom(...ANSWERS)),
      seen: fc.constantFrom([], [[known.replica, MOST]] as const, [['rliar..1' as ReplicaId, 1]] as const),
      instructions: fc.array(fc.tuple(bytes, fc.boolean()), { maxLength: 4 }),
      asks: fc.array(fc.oneof(fc.constant(undefined), bytes), { maxLength: 3 }),
      pulls: fc.array(message(known), { maxLength: 3 }),
    })
    .map(({ top, below, answers, seen, instructions, asks, pulls }) => ({
      root: { seen },
      directory: (where) => (where === '' ? top : (below[where.length % below.length] as Buffer)),
      content: async (want, item, channel) => {
        const bytesOf = Buffer.from(want.path.slice(want.path.lastIndexOf('/') + 1), 'latin1');
        switch (answers.next().value) {
          case 'right':
            return sendContent(channel, item, bytesOf);
          case 'short':
            return sendContent(channel, item, Buffer.alloc(Math.max(0, Math.min(want.size, 400_000) - 1)));
          case 'long':
            return sendContent(channel, item, Buffer.alloc(Math.min(want.size, 400_000) + 1));
          case 'other':
            return sendContent(channel, item, Buffer.alloc(Math.min(want.size, 400_000), 1));
          case 'empty':
            return channel.send({ type: 'contents', segments: [{ item, length: 0, status: 'more' }] });
          case 'item':
            return sendContent(channel, item + 1, bytesOf);
          case 'end':
            return channel.end();
          case 'silence':
            return undefined;
          default:
            return channel.send({ type: 'contents', segments: [{ item, length: 0, status: 'gone' }] });
        }
      },
      delta: async (channel) => {
        for (const ask of asks) {
          if (ask === undefined) await channel.send({ type: 'signature-need' });
          else await channel.send({ type: 'refine' }, ask);
        }
        for (const [payload, last] of instructions)
          await channel.send({ type: 'instructions', codec: 'none', size: payload.length, last }, payload);
        await channel.end();
      },
      attack: async (session) => {
        for (const pull of pulls) await session.open(pull).catch(() => {});
      },
    }));
}
