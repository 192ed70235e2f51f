/** Which way a run is told: by the options, and by what the standard streams are. */
import type { WriteStream } from 'node:tty';
import { logFileReporter } from './log-file.js';
import { ndjsonReporter } from './ndjson-reporter.js';
import { paintOf } from './paint.js';
import { progressLines } from './progress-lines.js';
import type { ProgressView } from './progress-view.js';
import { quietReporter } from './quiet-reporter.js';
import type { Reporter, Sink } from './reporter.js';
import { teeReporter } from './tee-reporter.js';
import { type TextStyle, textReporter } from './text-reporter.js';

export interface ReportOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly dryRun: boolean;
  readonly progress: 'auto' | 'always' | 'never';
  readonly logFile: string | undefined;
  /** False: --no-color. */
  readonly colour: boolean;
}

/** A standard stream, or what stands for one in a test. */
export interface Stream extends Sink {
  readonly isTTY?: boolean;
}

export interface ReportPlace {
  readonly out: Stream;
  readonly err: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
}

export async function chooseReporter(options: ReportOptions, place: ReportPlace): Promise<Reporter> {
  const screen = await screenReporter(options, place);
  if (options.logFile === undefined) return screen;
  const { clock, err } = place;
  return teeReporter([screen, logFileReporter({ path: options.logFile, json: options.json, clock, err })]);
}

/** Colours where a terminal shows them and nobody objects: FORCE_COLOR outweighs the terminal, NO_COLOR both. */
export function wantsColour(stream: Stream, options: Pick<ReportOptions, 'colour'>, env: ReportPlace['env']): boolean {
  if (!options.colour || (env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

async function screenReporter(options: ReportOptions, place: ReportPlace): Promise<Reporter> {
  if (options.json) return ndjsonReporter(place.out, place.clock);
  const style: TextStyle = {
    style: place.out.isTTY === true && !options.quiet ? 'screen' : 'line',
    itemise: options.dryRun || options.verbose,
    verbose: options.verbose,
    paint: paintOf(wantsColour(place.out, options, place.env)),
  };
  if (options.quiet) return quietReporter(place.out, place.err, (out, err) => textReporter(out, err, style, undefined));
  return textReporter(place.out, place.err, style, await progressView(options, place));
}

/** Bars never go anywhere but to a real terminal; `always` elsewhere means lines. */
async function progressView(options: ReportOptions, place: ReportPlace): Promise<ProgressView | undefined> {
  if (options.progress === 'never') return undefined;
  const { err, env, clock } = place;
  if (err.isTTY !== true) return options.progress === 'always' ? progressLines(err, clock) : undefined;
  if (env.TERM === 'dumb') return progressLines(err, clock);
  // Loaded only here: a cron run has no use for its 30 ms.
  const { progressBars } = await import('./progress-bars.js');
  const paint = paintOf(wantsColour(err, options, env));
  return progressBars(err as Stream & WriteStream, { clock, paint, unicode: speaksUnicode(env) });
}

function speaksUnicode(env: ReportPlace['env']): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
}
