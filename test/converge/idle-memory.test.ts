import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IdleMemory } from '../../src/converge/idle-memory.js';

describe('a listener without a session', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('rests after ten seconds, once', () => {
    const rest = vi.fn();
    const memory = new IdleMemory(rest);
    memory.idle();
    vi.advanceTimersByTime(9_900);
    expect(rest).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(rest).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    expect(rest).toHaveBeenCalledOnce();
  });

  test('does not while a session goes on, and counts anew after it', () => {
    const rest = vi.fn();
    const memory = new IdleMemory(rest);
    memory.idle();
    vi.advanceTimersByTime(5_000);
    memory.busy();
    vi.advanceTimersByTime(60_000);
    expect(rest).not.toHaveBeenCalled();
    memory.idle();
    vi.advanceTimersByTime(10_100);
    expect(rest).toHaveBeenCalledOnce();
  });
});
