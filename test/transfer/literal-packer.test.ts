import { expect, test } from 'vitest';
import { LiteralPacker } from '../../src/transfer/literal-packer.js';
import { noise } from '../delta/patch.js';

const text = Buffer.from('all work and no play makes jack a dull boy\n'.repeat(3000));
/** More than is packed on trial. */
const zeros = Buffer.alloc(65 * 1024 * 1024);

/** A packer whose every look at the clock finds it later by a second, and which has had its trial. */
async function packerAfterTrial(): Promise<LiteralPacker> {
  let time = 0;
  const packer = new LiteralPacker(() => {
    time += 1000;
    return time;
  });
  expect(await packer.pack(zeros)).toMatchObject({ codec: 'brotli' });
  return packer;
}

test('at first literals are packed whatever the link, and no longer when it turns out to be quick', async () => {
  const packer = await packerAfterTrial();
  packer.sent(50_000_000, 10);
  expect((await packer.pack(text)).codec).toBe('none');
});

test('on a link that needs longer for what is saved than the codec, they stay packed', async () => {
  const packer = await packerAfterTrial();
  packer.sent(50_000, 1000);
  expect((await packer.pack(text)).codec).toBe('brotli');
  packer.sent(5_000_000_000, 0);
  expect((await packer.pack(text)).codec).toBe('none');
});

test('what is compressed already, or next to nothing, is never packed', async () => {
  const packer = new LiteralPacker();
  expect(await packer.pack(noise(100_000, 1))).toMatchObject({ codec: 'none' });
  expect(await packer.pack(text.subarray(0, 40))).toMatchObject({ codec: 'none' });
  expect(await packer.pack(text)).toMatchObject({ codec: 'brotli' });
});
