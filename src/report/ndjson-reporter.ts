/** The run as NDJSON (docs/JSON.md): one object a line, `progress` at most once a second, `summary` last. */
import { screenJson } from './escape.js';
import { jsonOf } from './json-event.js';
import type { ReportEvent, Reporter, Sink } from './reporter.js';

/** Milliseconds between two `progress` lines: a script that draws needs no more, a log bears no more. */
const PROGRESS_INTERVAL = 1_000;

export function ndjsonReporter(out: Sink, now: () => number): Reporter {
  let lastProgress = Number.NEGATIVE_INFINITY;
  return {
    event(event: ReportEvent): void {
      const time = now();
      if (event.type === 'progress') {
        if (time - lastProgress < PROGRESS_INTERVAL) return;
        lastProgress = time;
      }
      out.write(`${screenJson(jsonOf(event, new Date(time)))}\n`);
    },
    close(): void {},
  };
}
