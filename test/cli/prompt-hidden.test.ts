import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { World } from '../../src/cli/invocation.js';
import { promptHidden } from '../../src/cli/prompt-hidden.js';
import { SyncError } from '../../src/model/sync-error.js';
import { RecordingSink } from '../report/recording-sink.js';

function terminal() {
  const controller = new AbortController();
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => void raw.push(on) });
  const err = new RecordingSink(true);
  const world: World = {
    env: {},
    cwd: '/',
    stdin,
    out: new RecordingSink(),
    err,
    clock: () => 0,
    interruption: { signal: controller.signal, status: () => undefined },
  };
  return { controller, raw, stdin, err, answer: promptHidden('Invite: ', world) };
}

describe('a hidden question', () => {
  it.each([
    ['a line', 'secret\r', 'secret'],
    ['a line from a pipe of lines', 'secret\nmore', 'secret'],
    ['a corrected line', 'secrex\x7ft\r', 'secret'],
    ['a line begun anew', 'wrong\x15secret\r', 'secret'],
    ['control characters within', 'sec\x1bret\x04', 'secret'],
  ])('takes %s and shows nothing of it', async (_, typed, line) => {
    const { stdin, answer, err, raw } = terminal();
    stdin.write(typed);
    expect(await answer).toBe(line);
    expect(err.text).toBe('Invite: \n');
    expect(raw).toEqual([true, false]);
  });

  it('takes what was typed when the input ends', async () => {
    const { stdin, answer, raw } = terminal();
    stdin.end('secret');
    expect(await answer).toBe('secret');
    expect(raw).toEqual([true, false]);
  });

  it('is left by Ctrl-C and by a signal, and the terminal is normal again', async () => {
    const typed = terminal();
    typed.stdin.write('sec\x03');
    await expect(typed.answer).rejects.toMatchObject({ code: 'interrupted' });
    expect(typed.raw).toEqual([true, false]);

    const signalled = terminal();
    signalled.controller.abort(new SyncError('interrupted', 'stopped by SIGTERM'));
    await expect(signalled.answer).rejects.toThrow('SIGTERM');
    expect(signalled.raw).toEqual([true, false]);
  });
});
