/**
 * `--log-file F`: the run appended to a file, as NDJSON when the name says so (`.ndjson`, `.jsonl`, `.json`) or
 * with `--json`, else as text lines that begin with the time. Never the secret: no event carries it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { SyncError } from '../model/sync-error.js';
import { ndjsonReporter } from './ndjson-reporter.js';
import { paintOf } from './paint.js';
import type { Reporter, Sink } from './reporter.js';
import { textReporter } from './text-reporter.js';

export function logFileReporter(path: string, json: boolean, clock: () => number): Reporter {
  const fd = openLog(path);
  const file: Sink = { write: (text) => void writeSync(fd, text) };
  const reporter = json || /\.(ndjson|jsonl|json)$/.test(path) ? ndjsonReporter(file, clock) : textLog(file, clock);
  return {
    event: (event) => reporter.event(event),
    close() {
      reporter.close();
      closeSync(fd);
    },
  };
}

/** 0600: names of private files stand in it. Appending one line is one write, so that two runs do not mix lines. */
function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError('usage', `--log-file ${path}: expected a file that can be appended to: ${reason}`, { cause });
  }
}

function textLog(file: Sink, clock: () => number): Reporter {
  const timed: Sink = { write: (text) => file.write(`${new Date(clock()).toISOString()} ${text}`) };
  const style = { style: 'line', itemise: true, verbose: true, paint: paintOf(false) } as const;
  return textReporter(timed, timed, style, undefined);
}
