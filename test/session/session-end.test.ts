import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/model/sync-error.js';
import { SessionEnd } from '../../src/session/session-end.js';

/** The end of a session that has nothing left to send, over a connection that `hangUp` ends from the other side. */
function ending() {
  const connection = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  connection.resume();
  const said: string[] = [];
  let waiting = false;
  const end = new SessionEnd(connection, 'peer:1', {
    stop: (reason) => void said.push(`stop: ${reason.message}`),
    tell: (failure) => void said.push(`tell: ${failure?.message ?? 'goodbye'}`),
    waiting: () => waiting,
    beforeEnd: () => void said.push('end'),
    over: () => void said.push('over'),
  });
  const hangUp = (): void => void connection.push(null);
  const hold = (held: boolean): void => {
    waiting = held;
  };
  return { end, said, hangUp, hold, connection };
}

describe('the end of a session', () => {
  test('that this end wants says goodbye once, ends its direction when that has left, and waits for the other', async () => {
    const { end, said, hangUp, hold } = ending();
    expect(end.begun).toBe(false);
    expect(end.sayGoodbye()).toBe(false);
    end.begin('done');
    end.endConnection(); // not before the goodbye
    expect(end.sayGoodbye()).toBe(true);
    expect(end.sayGoodbye()).toBe(false);
    hold(true);
    end.endConnection(); // not before it has left
    expect(said).toEqual(['stop: this end has ended the session', 'tell: goodbye']);
    hold(false);
    end.endConnection();
    expect(said.at(-1)).toBe('end');
    hangUp();
    expect(await end.closed).toBeUndefined();
    expect(said.at(-1)).toBe('over');
  });

  test('that the other end wants is answered by the end of the connection, behind its own', async () => {
    const { end, said, hangUp } = ending();
    end.heardGoodbye();
    expect(end.sayGoodbye()).toBe(false);
    end.endConnection();
    expect(said).not.toContain('end');
    hangUp();
    expect(await end.closed).toBeUndefined();
    expect(said).toContain('end');
  });

  test('that the other end wants is answered after a moment also if its direction stays open', async () => {
    const { end, connection } = ending();
    end.heardGoodbye();
    await new Promise((resolve) => connection.once('finish', resolve));
    connection.destroy();
    expect(await end.closed).toBeUndefined();
  });

  test('has the first reason, which the other end is told', async () => {
    const { end, said, connection } = ending();
    const first = new SyncError('timeout', 'first');
    end.begin(first);
    end.begin(new SyncError('io', 'second'));
    end.heardGoodbye();
    expect(end.failure).toBe(first);
    expect(said).toEqual(['stop: first', 'tell: first']);
    connection.destroy();
    expect(await end.closed).toBe(first);
  });

  test.each([
    ['is cut', (connection: Duplex) => connection.destroy(), /was cut/],
    ['is ended without a goodbye', (connection: Duplex) => connection.push(null), /in the middle of the session/],
    ['fails', (connection: Duplex) => connection.destroy(new Error('reset')), /reset/],
  ])('is a failure when the connection %s', async (_how, lose, message) => {
    const { end, said, connection } = ending();
    lose(connection);
    expect(await end.closed).toMatchObject({ code: 'closed', message: expect.stringMatching(message) });
    expect(said.filter((line) => line.startsWith('tell'))).toEqual([]);
  });

  test('is a failure when the goodbye was not answered', async () => {
    const { end, connection } = ending();
    end.begin('done');
    end.sayGoodbye();
    connection.destroy();
    expect(await end.closed).toMatchObject({ code: 'closed', message: expect.stringMatching(/did not confirm/) });
  });
});
