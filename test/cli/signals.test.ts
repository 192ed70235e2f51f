import { expect, it } from 'vitest';
import { watchSignals } from '../../src/cli/signals.js';

function watched() {
  const handlers = new Map<string, () => void>();
  const exits: number[] = [];
  const interruption = watchSignals(
    (signal, handler) => handlers.set(signal, handler),
    (status) => exits.push(status),
  );
  return { interruption, exits, send: (signal: 'SIGINT' | 'SIGTERM') => handlers.get(signal)?.() };
}

it('the first signal aborts and says which it was; the process goes on', () => {
  const { interruption, exits, send } = watched();
  expect(interruption.status()).toBeUndefined();
  send('SIGTERM');
  expect(interruption.signal.aborted).toBe(true);
  expect(interruption.signal.reason).toMatchObject({ code: 'interrupted', message: 'stopped by SIGTERM' });
  expect(interruption.status()).toBe(143);
  expect(exits).toEqual([]);
});

it('the second one ends the process at once, with its own status', () => {
  const { exits, send } = watched();
  send('SIGTERM');
  send('SIGINT');
  expect(exits).toEqual([130]);
});
