import { expect, test } from 'vitest';
import { Packs } from '../../src/transfer/packs.js';

const FRAME = 1024 * 1024;

test('contents keep their bytes until they are released', async () => {
  const packs = new Packs();
  const held = [];
  for (let n = 1; n <= 12; n++) {
    await packs.room();
    held.push(packs.add(new Uint8Array(FRAME).fill(n)));
  }
  for (const [i, { bytes }] of held.entries()) expect([bytes[0], bytes.at(-1)]).toEqual([i + 1, i + 1]);
});

test('who brings more than there is memory for waits until something is released', async () => {
  const packs = new Packs();
  const held = [];
  let isWaiting = false;
  while (!isWaiting && held.length < 100) {
    const room = packs.room().then(() => 'room');
    isWaiting =
      (await Promise.race([room, new Promise((resolve) => setTimeout(resolve, 20, 'waiting'))])) === 'waiting';
    if (!isWaiting) held.push(packs.add(new Uint8Array(FRAME)));
  }
  expect(held.length).toBeLessThanOrEqual(16);
  const room = packs.room();
  for (const content of held) {
    content.release();
    content.release(); // the second time does nothing
  }
  await room;
  expect(packs.add(new Uint8Array(FRAME).fill(7)).bytes[5]).toBe(7);
});
