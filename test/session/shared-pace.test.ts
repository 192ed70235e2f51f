/** Sessions that share one `--bwlimit` share it fairly, and together keep to it. */
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Output } from '../../src/session/output.js';
import { paceOf } from '../../src/session/pace.js';
import { KIND } from '../../src/wire/frame.js';

/** Bytes a second. */
const RATE = 2_000_000;

test('two connections with endless work take turns, and keep to the rate together', async () => {
  const pace = paceOf(RATE);
  const payload = Buffer.alloc(50_000);
  const sent = [0, 0];
  const outputs = sent.map((_, i) => {
    const connection = new Writable({
      write(chunk: Buffer, _encoding, done) {
        sent[i] = (sent[i] ?? 0) + chunk.length;
        setImmediate(done);
      },
    });
    const next = () => ({ kind: KIND.message, channel: 1, header: Buffer.alloc(0), payload });
    return new Output(connection as never, { next, flushed: () => {} }, pace);
  });
  for (const output of outputs) output.kick();
  await sleep(1_000);
  for (const output of outputs) output.close();
  const [first = 0, second = 0] = sent;
  expect(Math.min(first, second) / Math.max(first, second)).toBeGreaterThan(0.7);
  expect(first + second).toBeLessThan(RATE * 1.5);
});
