import { expect, it } from 'vitest';
import { paintOf } from '../../src/report/paint.js';
import { quietReporter } from '../../src/report/quiet-reporter.js';
import { textReporter } from '../../src/report/text-reporter.js';
import { RecordingSink } from './recording-sink.js';
import { problem, READY, SESSION, START, summaryEvent } from './some-events.js';

function quiet() {
  const out = new RecordingSink();
  const err = new RecordingSink();
  const style = { style: 'line', itemise: false, verbose: false, paint: paintOf(false) } as const;
  return { out, err, reporter: quietReporter(out, err, (o, e) => textReporter(o, e, style, undefined)) };
}

it('prints nothing when the exit status is 0, warnings or not', () => {
  const { out, err, reporter } = quiet();
  reporter.event(START);
  reporter.event(problem('a', { fatal: false }));
  reporter.event(summaryEvent());
  expect(out.text + err.text).toBe('');
});

it('prints everything, each to its stream, when it is not', () => {
  const { out, err, reporter } = quiet();
  reporter.event(START);
  reporter.event(problem('a'));
  expect(out.text + err.text).toBe('');
  reporter.event(summaryEvent({ exit: 23 }));
  expect(out.lines[0]).toMatch(/^p2psync: partial /);
  expect(err.lines).toEqual(['p2psync: unreadable: a: permission denied']);
});

it('forgets a good run before the bad one of the next folder', () => {
  const { err, reporter } = quiet();
  reporter.event(problem('of the first', { fatal: false }));
  reporter.event(summaryEvent());
  reporter.event(problem('of the second'));
  reporter.event(summaryEvent({ exit: 23 }));
  expect(err.lines).toEqual(['p2psync: unreadable: of the second: permission denied']);
});

it('holds back only the last lines of a listener that runs for months', () => {
  const { out, reporter } = quiet();
  reporter.event(READY);
  for (let i = 0; i < 5_000; i++) reporter.event(SESSION);
  reporter.event(summaryEvent({ command: 'listen', exit: 70 }));
  expect(out.lines.length).toBeLessThanOrEqual(1_000);
  expect(out.lines.length).toBeGreaterThan(100);
});
