import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreditPool, chargeOf, ReceiveWindow } from '../../src/session/credit.js';
import {
  BUFFERED_MAX,
  CHANNELS_MAX,
  CHARGE_MAX,
  POOL,
  WINDOW_BASE,
  WINDOW_MAX,
} from '../../src/session/session-limits.js';

/** A channel with an honest sender: it sends the frames of its list in order as credit allows. */
class Simulated {
  readonly window: ReceiveWindow;
  credit = WINDOW_BASE;
  outstanding = WINDOW_BASE;
  readonly frames: number[];
  readonly held: number[] = [];
  /** A reader waits: like a session, it gets a frame in the moment in which it comes. */
  reading = false;
  told = false;

  constructor(pool: CreditPool, frames: number[]) {
    this.frames = frames;
    this.window = new ReceiveWindow(pool, (amount) => {
      this.credit += amount;
      this.outstanding += amount;
    });
  }

  /** One step of the sender; false when it cannot go on. */
  send(): boolean {
    const head = this.frames[0];
    if (head === undefined) return false;
    if (head > this.credit) {
      if (this.told) return false;
      this.told = true;
      this.window.blocked(head);
      return true;
    }
    this.told = false;
    this.frames.shift();
    this.credit -= head;
    this.window.arrive(head);
    this.outstanding -= head;
    this.held.push(head);
    if (this.reading) this.read();
    return true;
  }

  /** One step of the reader; false when there is nothing to read. */
  read(): boolean {
    const head = this.held.shift();
    if (head === undefined) {
      if (this.frames.length > 0) this.window.want();
      this.reading = this.frames.length > 0;
      return false;
    }
    this.reading = false;
    this.window.consume(this.window.take(head));
    return true;
  }

  get buffered(): number {
    return this.held.reduce((sum, charge) => sum + charge, 0);
  }
}

describe('credit', () => {
  it('divides the budget: what all windows may hold together is no more than it', () => {
    expect(2 * CHANNELS_MAX * WINDOW_BASE + POOL + CHARGE_MAX).toBe(BUFFERED_MAX);
    expect(WINDOW_MAX).toBeGreaterThan(CHARGE_MAX);
    expect(chargeOf(0, 0)).toBeGreaterThan(128);
  });

  const size = fc.oneof(fc.integer({ min: 141, max: 2000 }), fc.integer({ min: 141, max: CHARGE_MAX }));
  const plan = fc.array(fc.record({ frames: fc.array(size, { maxLength: 12 }), reads: fc.boolean() }), {
    minLength: 1,
    maxLength: 24,
  });

  it('lets every channel that is read get through, whatever the others hold unread, within the budget', () => {
    fc.assert(
      fc.property(plan, fc.infiniteStream(fc.nat()), (channels, order) => {
        const pool = new CreditPool();
        const all = channels.map((channel) => new Simulated(pool, [...channel.frames]));
        const readers = all.filter((_, i) => channels[i]?.reads);
        let idle = 0;
        for (const number of order) {
          const channel = all[number % all.length] as Simulated;
          const moved = number % 3 === 0 && readers.includes(channel) ? channel.read() : channel.send();
          const promised = all.reduce((sum, each) => sum + each.outstanding + each.buffered, 0);
          expect(promised).toBeLessThanOrEqual(BUFFERED_MAX);
          idle = moved ? 0 : idle + 1;
          if (idle > all.length * 30) break;
        }
        // Whatever the order was: turn by turn, those who are read must now come to their end.
        for (let turns = 0; turns < 2000; turns++)
          for (const each of all) {
            each.send();
            if (readers.includes(each)) each.read();
          }
        for (const each of readers) expect([each.frames.length, each.held.length]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it('gives all back when channels end', () => {
    const pool = new CreditPool();
    for (let round = 0; round < 200; round++) {
      const all = Array.from({ length: 16 }, () => new Simulated(pool, [CHARGE_MAX, 300_000, 500]));
      for (let turns = 0; turns < 20; turns++)
        for (const each of all) {
          each.send();
          if (round % 2 === 0) each.read();
        }
      for (const each of all) {
        each.window.release();
        for (const charge of each.held.splice(0)) each.window.consume(charge);
      }
    }
    const last = new Simulated(pool, [CHARGE_MAX]);
    for (let turns = 0; turns < 3; turns++) last.send();
    expect(last.frames).toEqual([]);
    expect(pool.grow(WINDOW_BASE, WINDOW_MAX)).toBeGreaterThan(0);
  });

  it('refuses a frame beyond the credit, and a need that no frame has', () => {
    const window = new ReceiveWindow(new CreditPool(), () => {});
    expect(() => window.arrive(WINDOW_BASE + 1)).toThrow(expect.objectContaining({ code: 'protocol' }));
    expect(() => window.blocked(CHARGE_MAX + 1)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  it('lets a channel that is always blocked grow to the largest window', () => {
    const pool = new CreditPool();
    const one = new Simulated(
      pool,
      Array.from({ length: 4000 }, () => 30_000),
    );
    let most = 0;
    while (one.frames.length > 0) {
      while (one.send()) most = Math.max(most, one.buffered);
      while (one.read());
    }
    expect(most).toBeGreaterThan(WINDOW_MAX / 2);
    expect(most).toBeLessThanOrEqual(WINDOW_MAX);
  });
});
