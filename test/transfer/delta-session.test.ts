import { expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.js';
import type { RelPath } from '../../src/model/path.js';
import type { Channel, Frame } from '../../src/session/channel.js';
import { receiveDelta } from '../../src/transfer/delta-receive.js';
import { sendDelta } from '../../src/transfer/delta-send.js';
import type { Delta } from '../../src/wire/message.js';
import { noise } from '../delta/patch.js';
import { memoryPair } from '../session/memory-pair.js';

const readerOf = (bytes: Buffer) => ({
  size: bytes.length,
  read: (target: Uint8Array, position: number) => bytes.copy(target, 0, position, position + target.length),
});

test('many deltas at once over one real session, with its credit, all arrive', async () => {
  const { initiator, listener } = await memoryPair();
  const contents = Array.from({ length: 8 }, (_, i) => noise(3_000_000 + i * 100_001, i + 1));
  const targets = contents.map((basis, i) => {
    const target = Buffer.concat([noise(i * 10, 99), basis, noise(i * 300_000, 98)]);
    for (let at = 1000; at < target.length; at += 20_000) target[at] = (target[at] as number) ^ 255;
    return target;
  });
  listener.serve('delta', async (channel: Channel, { message }: Frame) => {
    const opening = message as Delta;
    const source = targets.find((target) => digestOf(target) === opening.digest) as Buffer;
    await sendDelta(channel, opening, readerOf(source), () => undefined, {});
  });
  const made = await Promise.all(
    contents.map(async (basis, i) => {
      const target = targets[i] as Buffer;
      const want = { path: 'file' as RelPath, digest: digestOf(target), size: target.length };
      const bytes = Buffer.alloc(target.length);
      const sink = { write: (part: Uint8Array, position: number) => void bytes.set(part, position) };
      const of = { ...readerOf(basis), digest: digestOf(basis) };
      const { digest } = await receiveDelta(initiator, want, of, sink, () => undefined);
      expect(digest).toBe(want.digest);
      return bytes.equals(target);
    }),
  );
  expect(made).toEqual(contents.map(() => true));
  expect(listener.sent).toBeLessThan(targets.reduce((sum, { length }) => sum + length, 0) / 3);
  await Promise.all([initiator.close(), listener.close()]);
});
