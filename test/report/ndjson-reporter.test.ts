import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { RelPath } from '../../src/model/path.js';
import { statusJson } from '../../src/report/folder-status.js';
import { ndjsonReporter } from '../../src/report/ndjson-reporter.js';
import type { ReportEvent } from '../../src/report/reporter.js';
import { RecordingSink } from './recording-sink.js';
import {
  change,
  conflict,
  difference,
  NAS,
  pathOf,
  problem,
  progress,
  READY,
  SESSION,
  START,
  summaryEvent,
} from './some-events.js';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9, 10);
const schema = JSON.parse(readFileSync(new URL('../../docs/events.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

function printed(events: readonly ReportEvent[], clock: () => number = () => NOW): Record<string, unknown>[] {
  const out = new RecordingSink();
  const reporter = ndjsonReporter(out, clock);
  for (const event of events) reporter.event(event);
  return out.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function printedOne(event: ReportEvent): Record<string, unknown> {
  return printed([event])[0] as Record<string, unknown>;
}

const EVERY: readonly ReportEvent[] = [
  START,
  NAS,
  { type: 'plan', files: 3, bytes: 12, final: true },
  change('a.jpg'),
  change('ü', { peer: 'nas', action: 'update' }),
  change('', { path: 'a\xff' as RelPath }),
  progress(1, 2, { peer: 'nas', path: pathOf('a') }),
  conflict('a', 'a.conflict-0123456789'),
  difference('a'),
  problem('a'),
  problem('b', { fatal: false, peer: 'nas', code: 'hard-link' }),
  READY,
  SESSION,
  { ...SESSION, outcome: 'failed', error: 'gone' },
  summaryEvent(),
  summaryEvent({ exit: 21, error: { code: 'no-peers', message: 'nobody' }, peers: [] }),
  summaryEvent({ exit: 70, error: { code: 'bug', message: 'TypeError' }, root: '' }),
];

describe('the schema of docs/events.schema.json', () => {
  it.each(EVERY.map((event) => [event.type, event] as const))('accepts a %s', (_, event) => {
    validate(printedOne(event));
    expect(validate.errors).toBeNull();
  });

  it('accepts a status, before and after the first run', () => {
    const folder = { folder: 'Photos', path: '/home/a/Photos', available: true, group: 'ab'.repeat(16), epoch: 1 };
    const trash = { files: 0, bytes: 0 };
    const known = {
      replica: '72'.repeat(8),
      entries: 3,
      bytes: 4,
      conflicts: [pathOf('a.conflict-0123456789'), 'b\xff.conflict-0123456789' as RelPath],
      peers: [{ name: 'nas', address: '10.0.0.1:22327', lastSeen: NOW }],
      lastRun: { time: NOW, command: 'once', converged: true, peers: 2 },
    };
    for (const status of [
      { ...folder, trash },
      { ...folder, available: false, reason: 'away', known, trash },
    ]) {
      validate(JSON.parse(JSON.stringify(statusJson(status, new Date(NOW)))));
      expect(validate.errors).toBeNull();
    }
  });

  it('knows every field: one too many, one too few or a wrong type is refused', () => {
    for (const event of EVERY) {
      const object = printedOne(event);
      expect(validate({ ...object, surprise: 1 }), `${event.type} with an unknown field`).toBe(false);
      expect(validate({ ...object, type: 'unheard-of' })).toBe(false);
      expect(validate({ ...object, v: 2 })).toBe(false);
      expect(validate({ ...object, time: 'yesterday' })).toBe(false);
      const { time: _, ...timeless } = object;
      expect(validate(timeless)).toBe(false);
    }
    expect(validate({ ...printedOne(summaryEvent()), created: '41' })).toBe(false);
    expect(validate({ ...printedOne(summaryEvent()), created: 1.5 })).toBe(false);
  });

  it('is explained: docs/JSON.md names every event and every field of it', () => {
    const page = readFileSync(new URL('../../docs/JSON.md', import.meta.url), 'utf8');
    for (const definition of Object.values(schema.$defs) as { properties?: Record<string, unknown> }[]) {
      for (const field of Object.keys(definition.properties ?? {})) expect(page).toContain(`\`${field}\``);
    }
    for (const event of EVERY) expect(page).toContain(`\`${event.type}\``);
  });
});

it('prints one object a line with version, type and UTC time first', () => {
  const out = new RecordingSink();
  ndjsonReporter(out, () => NOW).event(START);
  expect(out.text).toBe(
    '{"v":1,"type":"start","time":"2026-05-06T07:08:09.010Z","command":"once","folder":"Photos","replica":"72000000000000cc"}\n',
  );
});

it('gives names that are no UTF-8 exactly, beside a lossy text', () => {
  expect(printedOne(change('', { path: 'a\xff' as RelPath }))).toMatchObject({ path: 'a\ufffd', pathBase64: 'Yf8=' });
  expect(printedOne(change('ü\n\x1b'))).toMatchObject({ path: 'ü\n\x1b' });
  expect(printedOne(change('ü'))).not.toHaveProperty('pathBase64');
  expect(printedOne({ type: 'conflict', path: pathOf('a'), copy: '\xfe' as RelPath })).toMatchObject({
    copyBase64: '/g==',
  });
});

it('prints progress at most once a second, and everything else always', () => {
  let time = NOW;
  const events = Array.from({ length: 50 }, (_, i) => [progress(i, i), change(`f${i}`)]).flat();
  const lines = printed(events, () => {
    time += 50;
    return time;
  }); // 100 ms between two progress events
  expect(lines.filter(({ type }) => type === 'change')).toHaveLength(50);
  expect(lines.filter(({ type }) => type === 'progress').length).toBeLessThanOrEqual(6);
  expect(lines.filter(({ type }) => type === 'progress').length).toBeGreaterThanOrEqual(4);
});

it('leaves out what is not there rather than printing null', () => {
  for (const event of EVERY) expect(JSON.stringify(printedOne(event))).not.toContain('null');
});

it('shows ids as hex, also when they come as bytes', () => {
  expect(printedOne({ ...START, replica: 'r\x00\x01\xff' })).toMatchObject({ replica: '720001ff' });
});
