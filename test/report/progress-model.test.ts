import { expect, it } from 'vitest';
import { peerRow, totalRow } from '../../src/report/bar-text.js';
import { paintOf } from '../../src/report/paint.js';
import { progressLine, progressLines } from '../../src/report/progress-lines.js';
import { progressModel } from '../../src/report/progress-model.js';
import { RecordingSink } from './recording-sink.js';
import { NAS, pathOf, progress, START } from './some-events.js';

const MIB = 1024 * 1024;
const LOOK = { paint: paintOf(false), unicode: true };

function clockAt(time: number) {
  let now = time;
  const advance = (milliseconds: number): void => {
    now += milliseconds;
  };
  return Object.assign(() => now, { advance });
}

function running() {
  const clock = clockAt(1_000);
  const model = progressModel(clock);
  model.event(START);
  model.event(NAS);
  return { clock, model };
}

it('gives an ETA only once the plan is final', () => {
  const { clock, model } = running();
  model.event(progress(0, 0));
  clock.advance(1_000);
  model.event(progress(1, 10 * MIB));
  expect(model.now()).toMatchObject({ exact: false, rate: 10 * MIB, eta: undefined });
  model.event({ type: 'plan', files: 10, bytes: 100 * MIB, final: true });
  expect(model.now()).toMatchObject({ exact: true, eta: 9, totalBytes: 100 * MIB });
});

it('takes the rate over the last seconds, not over the whole run', () => {
  const { clock, model } = running();
  model.event(progress(0, 0));
  for (let second = 1; second <= 30; second++) {
    clock.advance(1_000);
    model.event(progress(second, Math.min(second, 20) * 10 * MIB));
  }
  expect(model.now().rate).toBe(0);
});

it('keeps one row a peer with what moved there last', () => {
  const { model } = running();
  model.event(progress(0, 1, { peer: 'nas', path: pathOf('a') }));
  model.event(progress(0, 2, { peer: 'nas', path: pathOf('b') }));
  model.event(progress(0, 3, { path: pathOf('c') }));
  expect(model.now().rows).toEqual([
    { name: 'nas', path: 'b' },
    { name: 'here', path: 'c' },
  ]);
});

it('a second folder starts anew', () => {
  const { model } = running();
  model.event(progress(5, 50 * MIB));
  model.event({ ...START, folder: 'Music' });
  expect(model.now()).toMatchObject({ folder: 'Music', bytes: 0, totalBytes: 0, rate: undefined, rows: [] });
});

it('draws the phase first, then a bar that fits the terminal', () => {
  const { clock, model } = running();
  expect(totalRow(model.now(), 80, LOOK)).toBe('Photos  scan…');
  model.event({ type: 'plan', files: 10, bytes: 100 * MIB, final: true });
  model.event(progress(0, 0));
  clock.advance(1_000);
  model.event(progress(4, 42 * MIB));
  expect(totalRow(model.now(), 100, LOOK)).toBe(
    'Photos  ██████████░░░░░░░░░░░░░░   42%  42MiB of 100MiB  42MiB/s  1.4s left',
  );
  for (const width of [80, 60, 40, 20, 10, 3]) {
    expect([...totalRow(model.now(), width, LOOK)].length).toBeLessThanOrEqual(Math.max(width, 1) + 12);
    expect(totalRow(model.now(), width, LOOK)).not.toContain('\n');
  }
  expect(totalRow(model.now(), 100, { ...LOOK, unicode: false })).toContain('##########--------------');
});

it('shows the end of a long path, escaped', () => {
  const row = { name: 'nas', path: pathOf(`${'deep/'.repeat(30)}img\x1b.jpg`) };
  const text = peerRow(row, 50, paintOf(false));
  expect([...text].length).toBeLessThanOrEqual(50);
  expect(text).toMatch(/^ {2}nas +…(deep\/)+img\\x1b\.jpg$|^ {2}nas +….*img\\x1b\.jpg$/);
});

it('where no bar can be drawn, tells in a line every five seconds', () => {
  const clock = clockAt(0);
  const err = new RecordingSink();
  const view = progressLines(err, clock);
  view.event(START);
  for (let i = 0; i < 120; i++) {
    clock.advance(100);
    view.event(progress(i, i * MIB));
  }
  expect(err.lines).toHaveLength(2);
  expect(err.lines[0]).toMatch(
    /^p2psync: progress folder=Photos phase=transfer files=49\/10 bytes=49MiB\/100MiB rate=10MiB\/s$/,
  );
  expect(progressLine(progressModel(clock).now())).toContain('files=0/0');
});
