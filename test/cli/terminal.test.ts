/** Bars on a real terminal (a pseudo terminal by `script`), and nowhere else. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SyncEvent } from '../../src/model/event.js';
import { change, NAS, progress, START } from '../report/some-events.js';
import type { Step } from './engine-script.js';
import { ended, Program, printed } from './program.js';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

const emit = (...events: readonly unknown[]): Step[] => events.map((event) => ({ emit: event as SyncEvent }));
const MIB = 1024 * 1024;
const MOVING: Step[] = [
  ...emit(START, NAS, { type: 'plan', files: 10, bytes: 100 * MIB, final: true }),
  ...emit(progress(0, 0)),
  { sleep: 700 },
  ...emit(progress(4, 42 * MIB, { peer: 'nas', path: 'img/\x1b[31m.jpg' } as never)),
  { sleep: 300 },
];

describe('on a terminal', () => {
  let program: Program;
  let folder: string;
  beforeAll(async () => {
    program = await Program.open();
    folder = program.joined('Photos');
  });
  afterAll(() => program?.close());

  /** Whatever was hidden or switched off is back when the program has ended. */
  function expectRestored(out: string): void {
    expect(out).toContain(HIDE_CURSOR);
    expect(out.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(out.lastIndexOf(HIDE_CURSOR));
    expect(out.lastIndexOf(WRAP_ON)).toBeGreaterThan(out.lastIndexOf(WRAP_OFF));
  }

  it('draws bars with bytes, rate and ETA and one row a peer, and clears them for the summary', async () => {
    const script = [...MOVING, { summary: { created: 10 } }];
    const { status, out } = await ended(program.startOnTerminal(['once', folder], { script }));
    expect(status).toBe(0);
    expect(out).toMatch(/█+░+.*42%.*42MiB of 100MiB.*MiB\/s.*left/);
    expect(out).toContain('img/\\x1b[31m.jpg');
    expect(out).toContain('found nas');
    expectRestored(out);
    const afterBars = out.slice(out.lastIndexOf(SHOW_CURSOR));
    expect(afterBars).toContain('converged');
    expect(afterBars).not.toContain('█');
  });

  it('prints changes beside the bars without mixing them', async () => {
    const script = [...MOVING, ...emit(change('beside.jpg')), ...MOVING.slice(-2), { summary: {} }];
    const { out } = await ended(program.startOnTerminal(['once', '-v', folder], { script }));
    const line = out.split('\n').find((text) => text.includes('beside.jpg'));
    expect(line).toMatch(/create {4}here {16}12 {2}beside\.jpg\r?$/);
    expectRestored(out);
  });

  it.each([
    ['by an error', [...MOVING, { fail: 'timeout', message: 'too slow' }] as Step[], 30],
    ['by a bug', [...MOVING, { bug: 'oops' }] as Step[], 70],
    ['by a lost promise', [...MOVING, { bugLater: 'oops' }, { sleep: 3_000 }] as Step[], 70],
  ])('gives the cursor back when it ends %s', async (_, script, expected) => {
    const { status, out } = await ended(program.startOnTerminal(['once', folder], { script }));
    expect(status).toBe(expected);
    expectRestored(out);
  });

  it('gives the cursor back after Ctrl-C, and after the second one too', async () => {
    for (const last of [{ untilAborted: true }, { hang: true }] as const) {
      const child = program.startOnTerminal(['once', folder], { script: [...MOVING, last] });
      const moving = printed(child, 'stdout', '42%');
      const end = ended(child);
      await moving;
      child.stdin?.write('\x03');
      if ('hang' in last) setTimeout(() => child.stdin?.write('\x03'), 300);
      const { status, out } = await end;
      expect(status).toBe(130);
      expectRestored(out);
    }
  });

  // What was drawn before the change and is read after it leaves a row behind, on any terminal, and no program can know:
  // where a draw falls into those milliseconds, it is tried again.
  it('a window that becomes narrower, wider and lower leaves no row behind and touches no line above', {
    retry: 3,
  }, async () => {
    const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    const child = program.startOnTerminal(['once', folder], {
      script: [...MOVING, { untilAborted: true }],
      before: `tty > ${path.join(program.home, 'tty')}`,
    });
    child.stdout?.on('data', (data: Buffer) => screen.write(data));
    const end = ended(child);
    const rows = async () => {
      await new Promise<void>((resolve) => screen.write('', resolve));
      const { active } = screen.buffer;
      const all = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
      return all.filter((row) => row !== '');
    };
    await printed(child, 'stdout', '42%');
    const terminal = fs.readFileSync(path.join(program.home, 'tty'), 'utf8').trim();
    for (const [columns, lines] of [
      [44, 24],
      [110, 24],
      [60, 8],
    ] as const) {
      execFileSync('stty', ['-F', terminal, 'cols', String(columns), 'rows', String(lines)]);
      screen.resize(columns, lines);
      // Drawn when the program hears of the new size, which a busy machine delays.
      await vi.waitFor(
        async () => {
          const shown = await rows();
          expect(shown.filter((row) => row.startsWith('Photos  '))).toHaveLength(1);
          expect(shown.filter((row) => row.startsWith('  nas'))).toHaveLength(1);
          expect(shown.join('')).toContain('found nas (192.168.1.5:22327): 12,000 entries');
          expect(shown.at(-2)).toMatch(/^Photos {2}.*42%/);
        },
        { timeout: 5_000, interval: 200 },
      );
    }
    child.stdin?.write('\x03');
    expect((await end).status).toBe(130);
    expect((await rows()).filter((row) => row.includes('42%'))).toEqual([]);
    screen.dispose();
  });

  it('TERM=dumb and --progress never draw nothing', async () => {
    for (const [argv, env] of [
      [['once', folder], { TERM: 'dumb' }],
      [['once', '--progress', 'never', folder], {}],
    ] as const) {
      const { status, out } = await ended(program.startOnTerminal(argv, { script: MOVING, env }));
      expect(status).toBe(0);
      expect(out).not.toContain(HIDE_CURSOR);
      expect(out).not.toContain('█');
      expect(out).toContain('converged');
    }
  });

  it('colours unless NO_COLOR or --no-color objects', async () => {
    const coloured = await ended(program.startOnTerminal(['once', folder]));
    expect(coloured.out).toContain('\x1b[32mconverged');
    for (const [argv, env] of [
      [['once', folder], { NO_COLOR: '1' }],
      [['once', '--no-color', folder], {}],
    ] as const) {
      expect((await ended(program.startOnTerminal(argv, { env }))).out).not.toContain('\x1b[32m');
    }
  });

  it('a pipe gets no bar and no colour, even with --progress always; FORCE_COLOR forces colours', async () => {
    const piped = await program.call(['once', '--progress', 'always', folder], {
      script: MOVING,
      env: { TERM: 'xterm' },
    });
    expect(piped.out + piped.err).not.toContain('\x1b');
    const forced = await program.call(['status', folder], { env: { FORCE_COLOR: '1' } });
    expect(forced.out).toContain('\x1b[1m');
  });
});
