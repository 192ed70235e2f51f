import { expect, test } from 'vitest';
import { Backlog, ENTRIES_AHEAD, entriesAhead } from '../../src/transfer/backlog.js';

/** Work that ends when told. */
function open() {
  let end: (error?: Error) => void = () => {};
  const work = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  return { work, end };
}

test('there is room until the limit is passed, and again when enough is done', async () => {
  const backlog = new Backlog(10);
  const [small, large] = [open(), open()];
  backlog.follow(4, small.work);
  await backlog.room();
  backlog.follow(7, large.work);
  let hasRoom = false;
  const waiting = backlog.room().then(() => {
    hasRoom = true;
  });
  await new Promise(setImmediate);
  expect(hasRoom).toBe(false);
  small.end();
  await waiting;
  large.end();
  await backlog.drained();
});

test('the first failure is told when all is over, and to whoever waits for room', async () => {
  const backlog = new Backlog(1);
  const [first, second] = [open(), open()];
  backlog.follow(1, first.work);
  backlog.follow(1, second.work);
  const waiting = backlog.room();
  first.end(new Error('first'));
  await expect(waiting).rejects.toThrow('first');
  second.end(new Error('second'));
  await expect(backlog.drained()).rejects.toThrow('first');
});

test('very many small pieces cost little', async () => {
  const backlog = new Backlog(8_192);
  const pieces = Array.from({ length: 50_000 }, open);
  const started = performance.now();
  for (const [i, { work }] of pieces.entries()) {
    backlog.follow(1, work);
    if (i >= 8_192) pieces[i - 8_192]?.end();
    await backlog.room();
  }
  for (const { end } of pieces) end();
  await backlog.drained();
  expect(performance.now() - started).toBeLessThan(3_000);
});

test('the wider a directory, the more of it may be under way, in bounds', () => {
  expect([0, 8_192, 20_000, 1_000_000].map(entriesAhead)).toEqual([ENTRIES_AHEAD, 2_048, 5_000, 16_384]);
});
