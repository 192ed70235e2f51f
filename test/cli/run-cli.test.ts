/** The program as a process: streams, exit statuses, signals. The engine is scripted (bundle.ts). */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SyncEvent } from '../../src/model/event.js';
import { change, difference, problem, START } from '../report/some-events.js';
import type { Step } from './engine-script.js';
import { ended, Program, printed } from './program.js';

let program: Program;
beforeAll(async () => {
  program = await Program.open();
});
afterAll(() => program?.close());

const emit = (...events: readonly unknown[]): Step[] => events.map((event) => ({ emit: event as SyncEvent }));

describe('without a joined folder', () => {
  it('once, listen and check end with 20 and name the two commands to run, whatever the current directory', async () => {
    for (const command of ['once', 'listen', 'check']) {
      const { status, out, err } = await program.call([command]);
      expect(status).toBe(20);
      expect(out).toBe('');
      expect(err).toContain('p2psync init FOLDER');
      expect(err).toContain('p2psync join FOLDER');
      expect(err.trim().split('\n')).toHaveLength(1);
    }
  });

  it('a named one that was not joined is 20 too', async () => {
    const { status, err } = await program.call(['once', program.folder('stranger')]);
    expect(status).toBe(20);
    expect(err).toContain('p2psync init');
  });
});

describe('usage', () => {
  it.each([
    [['onec'], 'unknown command "onec". Did you mean `once`?'],
    [['once', '--dry-rum'], 'Did you mean `--dry-run`?'],
    [['once', '--port', '1e3'], 'got "1e3"'],
    [['join', 'p2psync1-ABCDEF'], 'never taken from the arguments'],
  ])('%j ends with 2, one line on standard error and no stack', async (argv, message) => {
    const { status, out, err } = await program.call(argv);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).toMatch(/^p2psync: [^\n]*\n$/);
    expect(err).not.toContain('ABCDEF');
  });

  it('nothing at all shows the help on standard error and ends with 2', async () => {
    const { status, out, err } = await program.call([]);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('COMMANDS');
  });

  it('--json has a summary as its last line even then', async () => {
    const { status, out } = await program.call(['once', '--json', '--port', '0']);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      v: 1,
      type: 'summary',
      exit: 2,
      converged: false,
      error: { code: 'usage' },
    });
  });

  it('help and version go to standard output and end with 0', async () => {
    const version = await program.call(['--version']);
    expect(version).toMatchObject({ status: 0, err: '' });
    expect(version.out).toMatch(/^p2psync \d+\.\d+\.\d+\n$/);
    const help = await program.call(['once', '--help']);
    expect(help).toMatchObject({ status: 0, err: '' });
    expect(help.out).toContain('EXIT STATUS');
    expect(help.out).toContain('EXAMPLES');
  });
});

describe('init, invite, join, rotate and leave', () => {
  it('carry a folder through its life', async () => {
    const [here, there] = [program.folder('life-a'), program.folder('life-b')];
    const made = await program.call(['init', here]);
    expect(made.status).toBe(0);
    expect(made.out).toMatch(/^p2psync1-[0-9A-Z-]+\n$/);
    expect(made.err).toContain('key of the group');
    expect(await program.call(['invite', here])).toMatchObject({ status: 0, out: made.out });

    const file = path.join(program.home, 'invite.txt');
    writeFileSync(file, made.out, { mode: 0o600 });
    const other = {
      P2PSYNC_CONFIG_DIR: path.join(program.home, 'other-config'),
      P2PSYNC_STATE_DIR: path.join(program.home, 'other-state'),
    };
    expect(await program.call(['join', there, '--invite-file', file], { env: other })).toMatchObject({
      status: 0,
      out: '',
    });
    const again = await program.call(['join', there], { env: other, input: made.out });
    expect(again.status).toBe(0);
    expect(again.err).toContain('already');
    expect((await program.call(['once', there], { env: other, script: [] })).status).toBe(0);

    const rotated = await program.call(['rotate', here]);
    expect(rotated.status).toBe(0);
    expect(rotated.out).toMatch(/^p2psync1-/);
    expect(rotated.out).not.toBe(made.out);
    const followed = await program.call(['join', there], { env: other, input: rotated.out });
    expect(followed.status).toBe(0);
    expect(followed.err).toContain('no restart is needed'); // test/e2e/hostile/rotate.test.ts

    expect((await program.call(['leave', here])).status).toBe(0);
    expect((await program.call(['leave', here])).status).toBe(20);
    expect((await program.call(['invite', here])).status).toBe(20);
  });

  it('an invite with a typo is refused with its place, and never shown', async () => {
    const folder = program.folder('typo');
    const { out: invite } = await program.call(['init', program.folder('typo-group')]);
    const typo = invite.replace(/.(?=\n)/, (last) => (last === '7' ? '8' : '7'));
    const { status, err } = await program.call(['join', folder], { input: typo });
    expect(status).toBe(2);
    expect(err).toContain('not a valid invite');
    expect(err).not.toContain(typo.slice(12, 30));
  });

  it('an empty standard input is told apart from a wrong invite', async () => {
    const { status, err } = await program.call(['join', program.folder('empty')]);
    expect(status).toBe(2);
    expect(err).toContain('got nothing');
  });

  it('a terminal is asked without showing what is typed', async () => {
    const folder = program.folder('typed');
    const { out: invite } = await program.call(['init', program.folder('typed-group')]);
    const child = program.startOnTerminal(['join', folder], {
      env: { P2PSYNC_CONFIG_DIR: path.join(program.home, 'typed-config') },
    });
    const asked = printed(child, 'stdout', 'Invite');
    const end = ended(child);
    await asked;
    child.stdin?.write(`${invite.trim().slice(0, -1)}?\x7f${invite.trim().slice(-1)}\r`);
    const { status, out } = await end;
    expect(out).not.toContain(invite.slice(9, 20));
    expect(out).toContain('has joined the group');
    expect(status).toBe(0);
  });

  it('Ctrl-C at the question ends with 130 and gives the terminal back', async () => {
    const child = program.startOnTerminal(['join', program.folder('ctrl-c')]);
    const asked = printed(child, 'stdout', 'Invite');
    const end = ended(child);
    await asked;
    child.stdin?.write('\x03');
    expect((await end).status).toBe(130);
  });
});

describe('once and check', () => {
  it('leave one line in a pipe and not one escape sequence', async () => {
    const folder = program.joined('piped');
    const script = [...emit(START, change('a')), { summary: { created: 1 } }];
    const { status, out, err } = await program.call(['once', folder], { script, env: { TERM: 'xterm' } });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^p2psync: ok folder=piped peers=1 new=1 [^\n]*\n$/);
    expect(out + err).not.toContain('\x1b');
  });

  it.each([
    ['problems', emit(problem('a')), {}, 23],
    ['conflicts, kept', [], { conflicts: 1 }, 0],
    ['trees that differ', [], { converged: false }, 23],
    ['no peers', [], { peers: [] }, 21],
  ])('with %s end with the status of it', async (_, steps, summary, expected) => {
    const folder = program.joined(`status-${expected}-${steps.length}-${Object.keys(summary)[0]}`);
    const { status } = await program.call(['once', folder], { script: [...steps, { summary }] });
    expect(status).toBe(expected);
  });

  it('that fail end with the status of the error and still print a summary', async () => {
    const folder = program.joined('failing');
    for (const [code, expected] of [
      ['no-peers', 21],
      ['auth', 22],
      ['locked', 27],
      ['version', 28],
      ['timeout', 30],
    ] as const) {
      const script: Step[] = [...emit(START, change('a')), { fail: code, message: 'because' }];
      const { status, out, err } = await program.call(['once', folder], { script });
      expect(status).toBe(expected);
      expect(out).toMatch(new RegExp(`^p2psync: ${code} folder=failing peers=0 new=1 .* exit=${expected}\n$`));
      expect(err).toBe('p2psync: because\n');
    }
  });

  it('--lock skip makes of a locked folder a success that says so', async () => {
    const folder = program.joined('skipping');
    const script: Step[] = [{ fail: 'locked', message: 'another run' }];
    const { status, out } = await program.call(['once', '--lock', 'skip', folder], { script });
    expect({ status, first: out.split(' ')[1] }).toEqual({ status: 0, first: 'skipped' });
  });

  it('a dry run that would change something ends with 1 and itemises', async () => {
    const folder = program.joined('dry');
    const script = [...emit(change('img/a b.jpg')), { summary: { created: 1, converged: false } }];
    const { status, out } = await program.call(['once', '-n', folder], { script });
    expect(status).toBe(1);
    expect(out.split('\n')[0]).toBe('create    here                12  img/a b.jpg');
  });

  it('a check that differs ends with 1 and says what', async () => {
    const folder = program.joined('checked');
    const script = [...emit(difference('a')), { summary: { converged: false } }];
    const { status, out } = await program.call(['check', folder], { script });
    expect(status).toBe(1);
    expect(out).toMatch(/^differ {2}nas .*\np2psync: differs folder=checked /);
    expect((await program.call(['check', '-q', folder], { script: [{ summary: {} }] })).out).toBe('');
  });

  it('--json ends with a summary, also after a failure in one of two folders', async () => {
    const folders = [program.joined('json-a'), program.joined('json-b')];
    const script = [...emit(START), { summary: { wireSent: 5 } }];
    const { status, out, err } = await program.call(['once', '--json', ...folders, program.folder('json-stranger')], {
      script,
    });
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, exit }) => exit ?? type)).toEqual(['start', 0, 'start', 0, 20]);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', folder: 'json-stranger', error: { code: 'not-joined' } });
    expect({ status, err }).toEqual({ status: 20, err: '' });
  });

  it('-q is silent unless something is wrong', async () => {
    const folder = program.joined('quiet');
    expect(await program.call(['once', '-q', folder], { script: emit(problem('a', { fatal: false })) })).toEqual({
      status: 0,
      out: '',
      err: '',
    });
    const failed = await program.call(['once', '-q', folder], { script: emit(problem('a')) });
    expect(failed.status).toBe(23);
    expect(failed.err).toContain('permission denied');
  });

  it('hand the options on, in the order flag, environment, config file', async () => {
    const folder = program.joined('options');
    const config = path.join(program.home, '.config', 'p2psync', 'config.json');
    writeFileSync(
      config,
      JSON.stringify({ bwlimit: '10MiB', exclude: ['*.tmp'], discover: false, 'min-peers': 2, 'read-only': true }),
    );
    try {
      const { err } = await program.call(['once', '--min-peers', '1', '--backup', folder], {
        script: [{ tellOptions: true }],
      });
      expect(JSON.parse(err.slice('…options '.length))).toMatchObject({
        bwlimit: 10_485_760,
        exclude: ['*.tmp'],
        discover: false,
        minPeers: 1,
        backup: '',
        readOnly: false,
        timeout: 30_000,
      });
    } finally {
      writeFileSync(config, '{}');
    }
  });

  it('--key-file joins a folder that is named and was not joined', async () => {
    const { out: invite } = await program.call(['init', program.folder('ci-group')]);
    const env = {
      P2PSYNC_CONFIG_DIR: path.join(program.home, 'ci-config'),
      P2PSYNC_STATE_DIR: path.join(program.home, 'ci-state'),
    };
    const file = path.join(program.home, 'group.key');
    writeFileSync(file, invite, { mode: 0o600 });
    const folder = program.folder('ci');
    expect((await program.call(['once', '--key-file', file, folder], { env })).status).toBe(0);
    expect((await program.call(['once', folder], { env })).status).toBe(0);
    chmodSync(file, 0o644);
    expect((await program.call(['once', folder], { env: { ...env, P2PSYNC_KEY_FILE: file } })).status).toBe(2);
  });

  it('--log-file appends text, or NDJSON by its name, for its owner alone', async () => {
    const folder = program.joined('logged');
    const [text, json] = [path.join(program.home, 'run.log'), path.join(program.home, 'run.ndjson')];
    for (const file of [text, text, json]) {
      await program.call(['once', '-q', '--log-file', file, folder], { script: emit(change('a')) });
    }
    const lines = readFileSync(text, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z create +here +12 {2}a$/);
    expect(lines[1]).toMatch(/Z p2psync: ok folder=logged /);
    expect(
      readFileSync(json, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['change', 'summary']);
    expect(statSync(text).mode & 0o777).toBe(0o600);
    const refused = await program.call(['once', '--log-file', path.join(program.home, 'no', 'where.log'), folder]);
    expect(refused.status).toBe(2);
  });
});

describe('a bug', () => {
  it('is 70 with a message, and a stack only with -v', async () => {
    const folder = program.joined('bug');
    const script: Step[] = [{ bug: 'x is not a function' }];
    const { status, err } = await program.call(['once', folder], { script });
    expect(status).toBe(70);
    expect(err).toContain('this is a bug');
    expect(err).not.toMatch(/\n {4}at /);
    expect((await program.call(['once', '-v', folder], { script })).err).toMatch(/\n {4}at /);
  });

  it('that nobody catches is 70 too, never 1', async () => {
    const folder = program.joined('bug-later');
    const { status, err } = await program.call(['once', folder], {
      script: [{ bugLater: 'lost promise' }, { sleep: 5_000 }],
    });
    expect(status).toBe(70);
    expect(err).toContain('lost promise');
  });
});

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends a run in order with %d and a summary', async (signal, expected) => {
    const folder = program.joined(`signal-${signal}`);
    const child = program.start(['once', folder], {
      script: [...emit(change('a')), { say: 'running' }, { untilAborted: true }],
    });
    const running = printed(child, 'stderr', '…running');
    const end = ended(child);
    await running;
    child.kill(signal);
    const { status, out } = await end;
    expect(status).toBe(expected);
    expect(out).toMatch(new RegExp(`folder=signal-${signal} peers=0 new=1 .* exit=${expected}\n$`));
  });

  it('a second one does not wait', async () => {
    const folder = program.joined('impatient');
    const child = program.start(['once', folder], { script: [{ say: 'running' }, { hang: true }] });
    const running = printed(child, 'stderr', '…running');
    const end = ended(child);
    await running;
    const started = Date.now();
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 200);
    expect((await end).status).toBe(130);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('a listener says ready first, then ends with 143', async () => {
    const folder = program.joined('listening');
    const child = program.start(['listen', '--json', folder], { script: [{ untilAborted: true }] });
    const ready = printed(child, 'stdout', '"ready"');
    const end = ended(child);
    await ready;
    child.kill('SIGTERM');
    const { status, out } = await end;
    expect(status).toBe(143);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: 'ready', folder: 'listening', port: 22_327 });
    expect(lines.at(-1)).toMatchObject({ type: 'summary', command: 'listen', exit: 143 });
  });
});

it('output that cannot be written is told, and never status 0; the run goes on', async () => {
  const folder = program.joined('Unwritten');
  const full = { outFile: '/dev/full' };
  const incomplete = /^p2psync: the output cannot be written, what is there is incomplete: ENOSPC.*\n$/;
  for (const argv of [
    ['invite', folder],
    ['status', '--json'],
    ['completion', 'bash'],
    ['once', '--json', folder],
  ]) {
    const { status, err } = await program.call(argv, { ...full, script: [...emit(START), { summary: {} }] });
    expect([argv[0], status]).toEqual([argv[0], 23]);
    if (argv[0] !== 'invite') expect(err).toMatch(incomplete);
  }
  const script: Step[] = [...emit(START), { sleep: 50 }, { say: 'still there' }, { fail: 'locked', message: 'taken' }];
  const { status, err } = await program.call(['once', '--json', folder], { ...full, script });
  expect({ status, goesOn: err.includes('still there') }).toEqual({ status: 27, goesOn: true });
});

it('a log that cannot be written is told once, also with -q, and does not end the run', async () => {
  const folder = program.joined('Unlogged');
  const script = [...emit(START, change('a'), change('b')), { summary: {} }];
  const run = await program.call(['once', '-q', '--log-file', '/dev/full', folder], { script });
  expect(run).toMatchObject({ status: 0, out: '' });
  expect(run.err).toMatch(/^p2psync: --log-file \/dev\/full: lines are missing there: ENOSPC.*\n$/);
});

it('a reader that has seen enough does not end the run', async () => {
  const folder = program.joined('closed-pipe');
  const script = [...emit(change('a')), { sleep: 300 }, ...emit(change('b')), { sleep: 50 }, { summary: {} }];
  const child = program.start(['once', '-v', folder], { script });
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect((await ended(child)).status).toBe(0);
});

describe('status', () => {
  it('tells what is known before the first run, as text and as JSON', async () => {
    const folder = program.joined('told');
    const text = await program.call(['status', folder]);
    expect(text.status).toBe(0);
    expect(text.out).toContain(folder);
    expect(text.out).toContain('none yet');
    const json = await program.call(['status', '--json', folder]);
    expect(JSON.parse(json.out)).toMatchObject({
      v: 1,
      type: 'status',
      folder: 'told',
      available: true,
      trash: { files: 0, bytes: 0 },
    });
    expect(existsSync(path.join(program.home, '.local', 'state', 'p2psync', 'state.mdb'))).toBe(false);
  });
});

it('listen says once when it had to take another port than the one that was asked for', async () => {
  const folder = program.joined('ports'); // the scripted engine is ready at 22327
  const moved = await program.call(['listen', folder, '--port', '22320']);
  expect(moved.err.match(/port 22320 is taken by another program: listening at 22327/g)).toHaveLength(1);
  expect((await program.call(['listen', folder])).err).not.toContain('taken');
});
