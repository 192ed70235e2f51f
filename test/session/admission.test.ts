import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Admission, STRANGERS_MAX, STRANGERS_PER_ADDRESS } from '../../src/session/admission.js';

let admission: Admission;
afterEach(() => admission.close());

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  destroyed = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

function enter(address: string): FakeSocket {
  const socket = new FakeSocket(address);
  admission.enter(socket as unknown as Socket);
  return socket;
}

test('of one address the oldest makes room', () => {
  admission = new Admission();
  const sockets = Array.from({ length: STRANGERS_PER_ADDRESS + 2 }, () => enter('10.0.0.1'));
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual(sockets.map((_, i) => i < 2));
});

test('a flood from many addresses does not drive out who came before it alone', () => {
  admission = new Admission();
  const honest = enter('10.0.0.1');
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 50; i++) enter(`10.0.1.${i}`);
  }
  expect(honest.destroyed).toBe(false);
});

test('no more are held than there are places, whoever they are', () => {
  admission = new Admission();
  const sockets = Array.from({ length: 300 }, (_, i) => enter(`10.0.${i}.1`));
  expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(STRANGERS_MAX);
  expect(sockets.at(-1)?.destroyed).toBe(false);
});
