import { describe, expect, it } from 'vitest';
import { paceOf } from '../../src/session/pace.js';

describe('the bandwidth limit', () => {
  it('lets bytes through at its rate, and does not save up what was not used', () => {
    let now = 0;
    const pace = paceOf(1000, () => now);
    expect(pace.wait()).toBe(0);
    expect(pace.take(500)).toBe(500);
    now = 200;
    expect(pace.wait()).toBe(300);
    now = 60_000;
    expect(pace.wait()).toBe(0);
    expect(pace.take(1000)).toBe(1000);
  });

  it('is shared by those who take from it', () => {
    const pace = paceOf(1000, () => 0);
    pace.take(100);
    expect(pace.take(100)).toBe(200);
  });

  it('writes about twenty pieces a second', () => {
    expect(paceOf(1_000_000).burst).toBe(50_000);
    expect(paceOf(10).burst).toBe(1024);
  });
});
