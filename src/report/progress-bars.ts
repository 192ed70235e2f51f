/**
 * Bars on a real terminal, drawn by cli-progress: one for the whole run, one row a peer. cli-progress hides the
 * cursor and switches wrapping off; whoever leaves, on whatever way, must bring both back, so this file also
 * listens for the process's exit (second Ctrl-C, a bug) and for Ctrl-Z.
 */
import type { WriteStream } from 'node:tty';
import cliProgress from 'cli-progress';
import { overflowRow, peerRow, totalRow } from './bar-text.js';
import type { Paint } from './paint.js';
import { progressModel } from './progress-model.js';
import type { ProgressView } from './progress-view.js';
import type { ReportEvent } from './reporter.js';

/** Rows for peers; more would push what the user typed off the screen. */
const ROWS_MAX = 8;

export interface BarOptions {
  readonly clock: () => number;
  readonly paint: Paint;
  /** Whether the terminal can be trusted with block characters. */
  readonly unicode: boolean;
}

export function progressBars(stream: WriteStream, options: BarOptions): ProgressView {
  const model = progressModel(options.clock);
  let bars: cliProgress.MultiBar | undefined;
  let slots = 0;
  let running = false;
  /** Columns that each row takes on the screen. */
  let drawn: number[] = [];

  function show(): void {
    bars ??= newBars();
    const wanted = 1 + Math.min(model.now().rows.length, rowsFor(stream));
    for (; slots < wanted; slots++) {
      const slot = slots;
      bars.create(1, 0, {}, { format: () => rowAt(slot) });
    }
  }

  function newBars(): cliProgress.MultiBar {
    const made = new cliProgress.MultiBar({
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: () => '',
      fps: 10,
    });
    made.on('redraw-pre', unfold); // the cursor stands where the first bar would be if none were folded
    return made;
  }

  /** Goes to where they are if the terminal has become narrower and folded them, though its signal has not come yet. */
  function unfold(): void {
    const folded = foldedRows(drawn, widthOf(stream));
    if (folded > 0) stream.write(`\x1b[${folded}A\x1b[0J`);
    drawn = [];
  }

  function hide(): void {
    bars?.stop();
    bars = undefined;
    slots = 0;
    drawn = [];
  }

  function rowAt(slot: number): string {
    const row = text(slot);
    drawn[slot] = [...row.replaceAll(COLOUR, '')].length;
    return row;
  }

  function text(slot: number): string {
    const progress = model.now();
    const width = widthOf(stream);
    if (slot === 0) return totalRow(progress, width, options);
    const hidden = progress.rows.length - slots + 1;
    if (hidden > 0 && slot === slots - 1) return overflowRow(hidden + 1, options.paint);
    const row = progress.rows[slot - 1];
    return row === undefined ? '' : peerRow(row, width, options.paint);
  }

  function suspend(): void {
    hide();
    process.kill(process.pid, 'SIGSTOP');
  }
  const redraw = () => {
    if (bars === undefined) return;
    unfold();
    hide();
    show();
  };
  stream.on('resize', redraw);
  process.on('exit', hide);
  process.on('SIGTSTP', suspend);

  return {
    event(event: ReportEvent) {
      model.event(event);
      if (event.type === 'start') running = true;
      if (running && DRAWN.has(event.type)) show();
    },
    aside(write) {
      hide();
      write();
    },
    end() {
      running = false;
      hide();
    },
    close() {
      running = false;
      hide();
      stream.off('resize', redraw);
      process.off('exit', hide);
      process.off('SIGTSTP', suspend);
    },
  };
}

/** Events that bring the bars (back) to the screen; others are lines that come `aside`. */
const DRAWN: ReadonlySet<ReportEvent['type']> = new Set(['start', 'peer', 'plan', 'progress']);

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what paint.ts writes
const COLOUR = /\x1b\[\d*m/g;

/** Columns as they are now: `columns` is what they were until the signal of a change is heard. */
function widthOf(stream: WriteStream): number {
  try {
    return stream.getWindowSize()[0] || 80;
  } catch {
    return stream.columns ?? 80; // hung up
  }
}

/** Rows that a terminal which became narrower has made of longer ones; cli-progress does not know of them. */
function foldedRows(drawn: readonly number[], columns: number): number {
  return drawn.reduce((sum, length) => sum + Math.max(0, Math.ceil(length / columns) - 1), 0);
}

function rowsFor(stream: WriteStream): number {
  return Math.max(0, Math.min(ROWS_MAX, (stream.rows ?? 24) - 3));
}
