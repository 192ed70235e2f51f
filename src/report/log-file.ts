/**
 * `--log-file F`: the run appended to a file, as NDJSON when the name says so (`.ndjson`, `.jsonl`, `.json`) or
 * with `--json`, else as text lines that begin with the time. Never the secret: no event carries it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { SyncError } from '../model/sync-error.js';
import { screenText } from './escape.js';
import { ndjsonReporter } from './ndjson-reporter.js';
import { paintOf } from './paint.js';
import type { Reporter, Sink } from './reporter.js';
import { textReporter } from './text-reporter.js';

export interface LogFile {
  readonly path: string;
  readonly json: boolean;
  readonly clock: () => number;
  /** Where it is told that a line could not be written. */
  readonly err: Sink;
}

export function logFileReporter({ path, json, clock, err }: LogFile): Reporter {
  const fd = openLog(path);
  const file = lineByLine(fd, path, err);
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

/** A full disk costs lines of the log, never the run or the listener; told once, also with -q. Each line is tried anew. */
function lineByLine(fd: number, path: string, err: Sink): Sink {
  let isTold = false;
  return {
    write(text) {
      try {
        writeSync(fd, text);
      } catch (error) {
        if (isTold) return;
        isTold = true;
        err.write(`p2psync: --log-file ${screenText(path)}: lines are missing there: ${(error as Error).message}\n`);
      }
    },
  };
}

function textLog(file: Sink, clock: () => number): Reporter {
  const timed: Sink = { write: (text) => file.write(`${new Date(clock()).toISOString()} ${text}`) };
  const style = { style: 'line', itemise: true, verbose: true, paint: paintOf(false) } as const;
  return textReporter(timed, timed, style, undefined);
}
