/** What a person reads when the program could not do what it was asked to. Stacks only for bugs, and only with -v. */
import { screenMessage } from '../report/escape.js';
import { withoutInvites } from './usage-error.js';

/** An expected failure: one line. */
export function errorText(message: string): string {
  return `p2psync: ${screenMessage(withoutInvites(message))}\n`;
}

/** Anything uncaught. */
export function bugText(error: unknown, verbose: boolean): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack =
    verbose && error instanceof Error && error.stack !== undefined ? `${withoutInvites(error.stack)}\n` : '';
  const advice = verbose
    ? 'please report it with the lines above and below'
    : 'please run it again with -v and report what it prints';
  return `${stack}${errorText(`this is a bug, ${advice}: ${what}`)}`;
}
