import { describe, expect, it } from 'vitest';
import { paintOf } from '../../src/report/paint.js';
import type { ReportEvent } from '../../src/report/reporter.js';
import { type TextStyle, textReporter } from '../../src/report/text-reporter.js';
import { RecordingSink } from './recording-sink.js';
import {
  change,
  conflict,
  difference,
  NAS,
  problem,
  progress,
  READY,
  SESSION,
  START,
  summaryEvent,
} from './some-events.js';

function told(events: readonly ReportEvent[], style: Partial<TextStyle> = {}) {
  const out = new RecordingSink();
  const err = new RecordingSink();
  const paint = paintOf(false);
  const reporter = textReporter(
    out,
    err,
    { style: 'line', itemise: false, verbose: false, paint, ...style },
    undefined,
  );
  for (const event of events) reporter.event(event);
  reporter.close();
  return { out: out.lines, err: err.lines };
}

describe('where nobody watches', () => {
  it('a run leaves exactly one line, in the documented words', () => {
    expect(told([START, NAS, change('a.jpg'), progress(1, 1), summaryEvent()])).toEqual({
      out: [
        'p2psync: ok folder=Photos peers=2 new=41 changed=6 restored=0 conflicts=1 sent=38MiB received=2MiB time=14s',
      ],
      err: [],
    });
  });

  it('problems are one line each on standard error, and the line says how it ended', () => {
    const events = [
      START,
      problem('img/a.jpg'),
      problem('b', { code: 'special', message: 'is a FIFO', fatal: false }),
      problem('c', { code: 'unwritable', message: 'no space left', peer: 'nas' }),
      summaryEvent({ exit: 23, converged: false, problems: 3 }),
    ];
    expect(told(events)).toEqual({
      out: [
        'p2psync: partial folder=Photos peers=2 new=41 changed=6 restored=0 conflicts=1 sent=38MiB received=2MiB time=14s problems=3 exit=23',
      ],
      err: [
        'p2psync: unreadable: img/a.jpg: permission denied',
        'p2psync: warning: special: b: is a FIFO',
        'p2psync: unwritable: nas: c: no space left',
      ],
    });
  });

  it('a run that ended with an error says which', () => {
    const error = { code: 'no-peers', message: 'expected at least 1 peer, 0 answered' } as const;
    const { out, err } = told([START, summaryEvent({ exit: 21, converged: false, peers: [], error })]);
    expect(err).toEqual(['p2psync: expected at least 1 peer, 0 answered']);
    expect(out[0]).toMatch(/^p2psync: no-peers folder=Photos peers=0 .* exit=21$/);
  });

  it('a skipped run is no failure', () => {
    const error = { code: 'locked', message: 'another run holds the folder' } as const;
    const { out, err } = told([summaryEvent({ exit: 0, peers: [], error })]);
    expect(out[0]).toMatch(/^p2psync: skipped folder=Photos/);
    expect(err).toEqual([]);
  });

  it('a folder with spaces is one field', () => {
    expect(told([summaryEvent({ folder: 'My "best" Photos' })]).out[0]).toContain(
      'folder="My \\"best\\" Photos" peers=2',
    );
  });

  it('a failed peer is told once, by name and reason', () => {
    const peers = [{ name: 'nas', address: '10.0.0.1:22327', replica: '', equal: false, error: 'went away' }];
    const failure = problem('', { code: 'peer', peer: 'nas', message: 'went away' });
    expect(told([failure, summaryEvent({ exit: 23, peers })]).err).toEqual(['p2psync: peer: nas: went away']);
  });

  it('a listener prints a line when it is ready and one a session', () => {
    expect(told([READY, SESSION, { ...SESSION, outcome: 'failed', error: 'went away' }]).out).toEqual([
      `p2psync: ready folder=Photos port=22327 addresses=192.168.1.2,127.0.0.1 peer=${'cd'.repeat(16)}`,
      'p2psync: session folder=Photos peer=nas outcome=done new=3 changed=1 time=2s',
      'p2psync: session folder=Photos peer=nas outcome=failed new=3 changed=1 time=2s error="went away"',
    ]);
  });
});

describe('a dry run', () => {
  it('prints one change a line: action, where, exact bytes, path to the end of the line', () => {
    const events = [
      change('img/a b.jpg', { bytes: 1_234_567 }),
      change('new\nname', { action: 'update', peer: 'nas' }),
      change('gone', { action: 'delete', peer: 'my laptop' }),
      summaryEvent({ exit: 1, dryRun: true }),
    ];
    const { out } = told(events, { itemise: true });
    expect(out.slice(0, 3)).toEqual([
      'create    here           1234567  img/a b.jpg',
      'update    nas                 12  new\\nname',
      'delete    "my laptop"            12  gone',
    ]);
    expect(out[3]).toMatch(/^p2psync: differs folder=Photos .* dry-run=yes$/);
    expect(out[0]?.split(/ +/).slice(0, 3)).toEqual(['create', 'here', '1234567']);
  });
});

describe('a check', () => {
  const end = summaryEvent({ command: 'check', exit: 1, converged: false });

  it('lists what differs, peer by peer, before its line', () => {
    const events = [
      difference('a.jpg'),
      difference('b', { peer: 'laptop', here: 'missing', there: 'directory mode 755' }),
      difference('c d', { here: 'missing', there: 'file 1 B' }),
      end,
    ];
    const { out } = told(events);
    expect(out.slice(0, 3)).toEqual([
      'differ  nas  here="file 12 B"  there=missing  a.jpg',
      'differ  nas  here=missing  there="file 1 B"  c d',
      'differ  laptop  here=missing  there="directory mode 755"  b',
    ]);
    expect(out[3]).toMatch(/^p2psync: differs folder=Photos peers=2 unequal=0 entries=12041 /);
  });

  it('caps the list of each peer and says how many more there are; -v lists all', () => {
    const events = Array.from({ length: 1_030 }, (_, i) => difference(`f${i}`));
    const { out } = told([...events, end]);
    expect(out).toHaveLength(22);
    expect(out[20]).toBe('differ  nas  and 1,010 more (-v or --json lists all)');
    expect(told([...events, end], { verbose: true }).out).toHaveLength(1_031);
  });

  it('of a second folder starts with an empty list', () => {
    expect(told([difference('a'), end, end]).out).toHaveLength(3);
  });
});

describe('for somebody who watches', () => {
  const screen: Partial<TextStyle> = { style: 'screen' };

  it('names the peers on standard error and sums up on standard output', () => {
    expect(told([START, NAS, conflict('a.txt', 'a.conflict-0123456789.txt'), summaryEvent()], screen)).toEqual({
      out: [
        'Photos: converged with 2 peers in 14s (12,041 entries, 3.2GiB)',
        '  41 new, 6 changed',
        '  1 conflict: both versions are kept; delete the copy that you do not want',
        '  sent 38MiB, received 2MiB; 364MiB of 400MiB was there already (91% saved)',
      ],
      err: [
        'found nas (192.168.1.5:22327): 12,000 entries, 3.1GiB, differs',
        'p2psync: conflict: a.txt: the other version is kept as a.conflict-0123456789.txt',
      ],
    });
  });

  it('says what --delete would do with restored files', () => {
    const { out } = told([summaryEvent({ restored: 3 })], screen);
    expect(out).toContain('  3 restored: missing here, held by a peer; --delete would remove them');
  });

  it('boasts of no percent where next to nothing was saved', () => {
    const { out } = told([summaryEvent({ literalBytes: 12_000_000, matchedBytes: 3, reusedBytes: 0 })], screen);
    expect(out.at(-1)).toBe('  sent 38MiB, received 2MiB; 3B of 11MiB was there already (less than 1% saved)');
  });

  it('says when there was nothing to do', () => {
    const idle = { created: 0, updated: 0, conflicts: 0, literalBytes: 0, matchedBytes: 0, reusedBytes: 0 };
    const { out } = told([summaryEvent({ ...idle, wireSent: 900, wireReceived: 800 })], screen);
    expect(out.slice(1)).toEqual(['  nothing to do', '  sent 900B, received 800B']);
  });

  it('names the failure and the exit status', () => {
    const error = { code: 'timeout', message: 'no progress for 30s' } as const;
    const { out, err } = told([summaryEvent({ exit: 30, converged: false, error })], screen);
    expect(out[0]).toBe('Photos: timeout (2 peers, 14s, exit 30)');
    expect(err).toEqual(['p2psync: no progress for 30s']);
  });

  it('colours only when asked to', () => {
    expect(told([summaryEvent()], screen).out.join('\n')).not.toContain('\x1b');
    expect(told([summaryEvent()], { ...screen, paint: paintOf(true) }).out[0]).toContain('\x1b[32mconverged\x1b[39m');
  });
});

it('a peer cannot forge lines or move the cursor by its name, its paths or its messages', () => {
  const evil = 'x\x1b[2J\np2psync: ok\u202e';
  const events: ReportEvent[] = [
    { ...START, folder: evil },
    { ...NAS, name: evil, address: evil },
    change(evil, { peer: evil }),
    conflict(evil, evil),
    difference(evil, { peer: evil, here: evil, there: evil }),
    problem(evil, { message: evil, peer: evil }),
    { ...SESSION, peer: evil, error: evil },
    summaryEvent({
      folder: evil,
      exit: 23,
      peers: [{ name: evil, address: evil, replica: '', equal: false, error: evil }],
      error: { code: 'partial', message: evil },
    }),
  ];
  for (const style of ['line', 'screen'] as const) {
    const { out, err } = told(events, { style, itemise: true, verbose: true });
    for (const line of [...out, ...err]) {
      expect(line).not.toContain('\x1b');
      expect(line).not.toContain('\u202e');
      expect(line.startsWith('p2psync: ok')).toBe(false);
    }
  }
});

it('warnings are listed up to a cap, failures always', () => {
  const warnings = Array.from({ length: 150 }, (_, i) => problem(`w${i}`, { code: 'hard-link', fatal: false }));
  const failures = Array.from({ length: 150 }, (_, i) => problem(`f${i}`));
  const { err } = told([...warnings, ...failures, summaryEvent({ exit: 23 })]);
  expect(err).toHaveLength(100 + 150 + 1);
  expect(err.at(-1)).toBe('p2psync: and 50 more warnings (-v or --json lists all)');
});
