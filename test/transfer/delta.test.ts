import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeSignature } from '../../src/delta/signature-codec.js';
import { type Digest, digestOf } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import type { Channel } from '../../src/session/channel.js';
import type { DeltaSink } from '../../src/transfer/delta-rebuild.js';
import { receiveDelta } from '../../src/transfer/delta-receive.js';
import { sendDelta } from '../../src/transfer/delta-send.js';
import { LiteralPacker } from '../../src/transfer/literal-packer.js';
import type { RandomReader } from '../../src/transfer/random-reader.js';
import type { RememberedSignature } from '../../src/transfer/recall.js';
import type { Delta, Message } from '../../src/wire/message.js';
import { noise, signatureOfBytes } from '../delta/patch.js';
import { channelPair } from './channel-pair.js';

const MiB = 1024 * 1024;
/** Part of an exchange for which nothing else may run; the digest that the sender takes in one piece is a sixth. */
const STALL_MAX = 0.35;
const path = 'file' as RelPath;
const nothing: RememberedSignature = () => undefined;

function readerOf(bytes: Buffer, onRead: (length: number) => void = () => {}): RandomReader {
  return {
    size: bytes.length,
    read: (target, position) => {
      onRead(target.length);
      return bytes.copy(target, 0, position, position + target.length);
    },
  };
}

/** Writes at once, or late if asked to, so that a buffer used too early shows. */
function memorySink(size: number, late = false): DeltaSink & { readonly bytes: Buffer } {
  const bytes = Buffer.alloc(size);
  return {
    bytes,
    write: late
      ? async (part, position) => {
          await new Promise((resolve) => setImmediate(resolve));
          bytes.set(part, position);
        }
      : (part, position) => void bytes.set(part, position),
  };
}

function remember(...contents: Buffer[]): RememberedSignature {
  const known = new Map(contents.map((bytes) => [digestOf(bytes), encodeSignature(signatureOfBytes(bytes))]));
  return (digest) => known.get(digest);
}

interface Setup {
  readonly remembered?: RememberedSignature;
  readonly compress?: boolean;
  readonly sink?: DeltaSink & { readonly bytes: Buffer };
  readonly source?: RandomReader;
  readonly room?: number;
}

async function exchange(basis: Buffer, target: Buffer, setup: Setup = {}) {
  const pair = channelPair(setup.room);
  const sink = setup.sink ?? memorySink(target.length);
  const serving = pair.opened.then(({ channel, opening }) =>
    sendDelta(channel, opening as Delta, setup.source ?? readerOf(target), setup.remembered ?? nothing, {
      literals: setup.compress === true ? new LiteralPacker() : undefined,
    }),
  );
  const want = { path, digest: digestOf(target), size: target.length };
  const received = receiveDelta(pair.session, want, { ...readerOf(basis), digest: digestOf(basis) }, sink, nothing);
  const [result] = await Promise.all([received, serving]);
  return { ...result, bytes: sink.bytes, ...pair, wire: pair.toOpener.payloadBytes + pair.toServer.payloadBytes };
}

describe('a delta', () => {
  const basis = noise(4 * MiB, 1);
  const target = Buffer.from(basis);
  for (let at = 100_000; at < 4 * MiB; at += 300_000) target.set(noise(500, at), at);

  test('arrives as the content that was wanted, whatever the contents', async () => {
    const content = fc.array(fc.tuple(fc.nat(4), fc.nat(6000)), { maxLength: 8 });
    const contentOf = (pieces: [number, number][]) =>
      Buffer.concat(pieces.map(([seed, length]) => noise(length, seed)));
    await fc.assert(
      fc.asyncProperty(content, content, fc.boolean(), fc.boolean(), async (from, to, known, compress) => {
        const [before, after] = [contentOf(from), contentOf(to)];
        const remembered = known ? remember(before, after) : nothing;
        const result = await exchange(before, after, { remembered, compress, room: 1 });
        expect(result.bytes.equals(after)).toBe(true);
        expect(result.digest).toBe(digestOf(after));
        expect(result.counts.literalBytes + result.counts.matchedBytes).toBe(after.length);
      }),
      { numRuns: 150 },
    );
  });

  test('asks for a signature that the sender does not remember, and refines', async () => {
    const result = await exchange(basis, target);
    expect(result.bytes.equals(target)).toBe(true);
    expect(result.toOpener.types).toEqual(['signature-need', 'refine', 'instructions', 'instructions']);
    expect(result.counts.literalBytes).toBeLessThan(14 * 900);
  });

  test('sends no signature where the sender remembers it, and reads only what changed where it knows its own', async () => {
    let read = 0;
    const source = readerOf(target, (length) => {
      read += length;
    });
    const result = await exchange(basis, target, { remembered: remember(basis, target), source });
    expect(result.bytes.equals(target)).toBe(true);
    expect(result.toServer.types).toEqual(['refined']);
    expect(read).toBeLessThan(14 * 3 * 4096);
    expect(result.wire).toBeLessThan(14 * 1300);
  });

  test('takes a remembered signature that does not decode for forgotten', async () => {
    const result = await exchange(basis, target, { remembered: () => Buffer.from('of an older version') });
    expect(result.bytes.equals(target)).toBe(true);
    expect(result.toOpener.types[0]).toBe('signature-need');
  });

  test('of a larger file needs checksums of super blocks only, and of the blocks in those that were not found', async () => {
    const large = noise(6 * MiB, 5);
    const scattered = Buffer.concat([Buffer.from('moved on'), large]);
    for (const at of [1_000_000, 3_333_333]) scattered.set(noise(500, at), at);
    for (const remembered of [nothing, (digest: Digest) => remember(scattered)(digest)]) {
      const result = await exchange(large, scattered, { remembered });
      expect(result.bytes.equals(scattered)).toBe(true);
      expect(result.toOpener.types.filter((type) => type === 'refine')).toHaveLength(2);
      expect(result.wire).toBeLessThan(12_000); // every block's checksums alone would be 36 KiB
      expect(result.counts.literalBytes).toBeLessThan(3000);
    }
  });

  test('of a larger file of the other end’s that changed in place is read where its super blocks differ', async () => {
    const large = noise(6 * MiB, 5);
    const changed = Buffer.from(large);
    changed.set(noise(500, 1), 3_000_000);
    let read = 0;
    const source = readerOf(changed, (length) => {
      read += length;
    });
    const result = await exchange(large, changed, { remembered: remember(changed), source });
    expect(result.bytes.equals(changed)).toBe(true);
    expect(read).toBeLessThan(6 * 8192);
  });

  test('of a file with many changes goes in several batches, each refined', async () => {
    const large = noise(24 * MiB, 3);
    const changed = Buffer.from(large);
    for (let at = 0; at < large.length; at += 10_000) changed[at] = (changed[at] as number) ^ 255;
    const result = await exchange(large, changed, { room: 1 });
    expect(result.bytes.equals(changed)).toBe(true);
    expect(result.toOpener.types.filter((type) => type === 'refine').length).toBeGreaterThan(1);
    expect(result.wire).toBeLessThan(large.length / 10);
  });

  test('of a file that is all new asks little more than what the file costs anyway', async () => {
    const result = await exchange(noise(16 * MiB, 5), noise(16 * MiB, 6));
    expect(result.counts.matchedBytes).toBe(0);
    expect(result.wire).toBeLessThan(16 * MiB * 1.015);
  });

  test('compresses literals that shrink, if asked to', async () => {
    const text = Buffer.from('all work and no play makes jack a dull boy\n'.repeat(20_000));
    const result = await exchange(noise(5000, 1), text, { compress: true });
    expect(result.bytes.equals(text)).toBe(true);
    expect(result.wire).toBeLessThan(text.length / 10);
  });

  test('waits for a sink that writes late before it uses a buffer again', async () => {
    const result = await exchange(basis, target, { sink: memorySink(target.length, true) });
    expect(result.bytes.equals(target)).toBe(true);
  });

  test('writes nothing that a clone of the basis has in its place, and takes the digest of what the clone has', async () => {
    const cloned = Buffer.from(basis);
    let writes = 0;
    const sink = {
      bytes: cloned,
      write: (part: Uint8Array, position: number) => {
        writes += part.length;
        cloned.set(part, position);
      },
      clone: readerOf(cloned),
    };
    const result = await exchange(basis, target, { sink });
    expect(cloned.equals(target)).toBe(true);
    expect(result.digest).toBe(digestOf(target));
    expect(writes).toBeLessThan(14 * 70_000);
    cloned.set(basis.subarray(0, target.length)); // but for one byte, in a place that is not written
    cloned[0] = (basis[0] as number) ^ 1;
    expect((await exchange(basis, target, { sink })).digest).not.toBe(digestOf(target));
  });

  test('lets timers run while it searches, rebuilds and answers', async () => {
    const [before, after] = [noise(16 * MiB, 1), noise(16 * MiB, 2)];
    const remembered = remember(before);
    await exchange(before, after, { remembered }); // compiles what is compiled at the first use
    // What holds the loop up does so in every attempt; a busy machine, not in all of them.
    let share = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 8 && share >= STALL_MAX; attempt++) {
      const started = performance.now();
      let [late, last] = [0, started];
      const timer = setInterval(() => {
        late = Math.max(late, performance.now() - last);
        last = performance.now();
      }, 1);
      await exchange(before, after, { remembered, source: readerOf(after) });
      clearInterval(timer);
      const ended = performance.now(); // a timer that never ran was late by all of it
      share = Math.min(share, Math.max(late, ended - last) / (ended - started));
    }
    expect(share).toBeLessThan(STALL_MAX);
  });
});

describe('the receiver ends a delta whose sender', () => {
  const basis = noise(10_000, 1);

  /** What the receiver says to a sender that plays these frames. */
  async function against(frames: readonly [Message, Uint8Array?][]): Promise<unknown> {
    const pair = channelPair(100);
    const want = { path, digest: digestOf(basis), size: 10_000 };
    const received = receiveDelta(
      pair.session,
      want,
      { ...readerOf(basis), digest: digestOf(basis) },
      memorySink(10_000),
      nothing,
    );
    received.catch(() => {});
    const { channel } = await pair.opened;
    for (const [message, payload] of frames) await channel.send(message, payload).catch(() => {});
    await channel.end().catch(() => {});
    const failure = await received.catch((error: unknown) => error);
    // The other end learns of it: what it would send next is refused.
    if (failure instanceof Error) await expect(channel.send({ type: 'refine' })).rejects.toThrow();
    return failure;
  }

  const instructions = (hex: string, last: boolean, size = hex.length / 2): [Message, Uint8Array] => [
    { type: 'instructions', codec: 'none', size, last },
    Buffer.from(hex, 'hex'),
  ];
  const protocol = (message: RegExp) =>
    expect.objectContaining({ code: 'protocol', message: expect.stringMatching(message) });

  test('is honest: one copy is accepted', async () => {
    expect(await against([instructions('a09c0100', true)])).toMatchObject({ digest: digestOf(basis) });
  });

  test('ends before the target is complete', async () => {
    expect(await against([instructions('1400', true)])).toEqual(protocol(/before its target was complete/));
    expect(await against([instructions('1400', false)])).toMatchObject({ code: 'closed' });
  });

  test('makes more than was wanted', async () => {
    expect(await against([instructions('a09c0100', false), instructions('03aa', true)])).toEqual(protocol(/more than/));
  });

  test('copies from outside the basis', async () => {
    expect(await against([instructions('a09c0102', true)])).toEqual(protocol(/a copy of/));
  });

  test('declares another size than it sends', async () => {
    expect(await against([instructions('a09c0100', true, 5)])).toEqual(protocol(/declares/));
  });

  test('asks for the signature twice', async () => {
    expect(await against([[{ type: 'signature-need' }], [{ type: 'signature-need' }]])).toEqual(protocol(/twice/));
  });

  test('asks about the basis for ever', async () => {
    const question = Buffer.from([0, 0x80, 0x40, 6]); // 8 KiB from 0 in blocks of 64
    const frames = Array.from({ length: 50 }, (): [Message, Uint8Array] => [{ type: 'refine' }, question]);
    expect(await against(frames)).toEqual(protocol(/too much/));
  });

  test('sends a message that belongs elsewhere', async () => {
    expect(await against([[{ type: 'content' }]])).toEqual(protocol(/expected a message of a delta/));
  });
});

describe('the sender ends a delta', () => {
  const target = noise(5000, 2);
  const opening: Delta = {
    type: 'delta',
    path,
    digest: digestOf(target),
    size: 5000,
    basis: digestOf(noise(9000, 1)),
    basisSize: 9000,
  };

  async function against(
    play: (peer: Channel) => Promise<void>,
    change: Partial<Delta> = {},
    source = readerOf(target),
  ) {
    const pair = channelPair(100);
    const peer = await pair.session.open({ ...opening, ...change });
    const { channel } = await pair.opened;
    const sent = sendDelta(channel, { ...opening, ...change }, source, nothing, {});
    sent.catch(() => {});
    await play(peer);
    return sent.catch((error: unknown) => error);
  }

  test('whose source is not as large as was wanted', async () => {
    expect(await against(async () => {}, { size: 5001 })).toMatchObject({ code: 'changed' });
  });

  test('whose source shrinks while it is read', async () => {
    const shrunk: RandomReader = { size: 5000, read: () => 0 };
    const result = await against(
      (peer) => peer.send({ type: 'signature', last: true }, encodeSignature(signatureOfBytes(noise(9000, 1)))),
      {},
      shrunk,
    );
    expect(result).toMatchObject({ code: 'changed' });
  });

  test('whose basis is too large for a signature', async () => {
    expect(await against(async () => {}, { basisSize: 2 ** 50 })).toMatchObject({ code: 'protocol' });
  });

  test('whose signature never ends', async () => {
    const flood = async (peer: Channel): Promise<void> => {
      for (let i = 0; i < 5; i++) await peer.send({ type: 'signature', last: false }, Buffer.alloc(100));
    };
    expect(await against(flood)).toMatchObject({ code: 'protocol' });
  });

  test('whose receiver leaves', async () => {
    expect(await against((peer) => peer.end())).toMatchObject({ code: 'closed' });
  });
});
