/** What runs have said, in the form that tests compare. */
import type { Run } from '../../scripts/machine.mjs';

/** Any exit status that the manual knows, for runs whose status is looked at afterwards. */
export const ANY = [0, 1, 2, 20, 21, 22, 23, 26, 27, 28, 30, 70, 130, 143] as const;

/** `code path` of each problem, sorted. */
export function problemsOf({ events }: Pick<Run, 'events'>): string[] {
  return events
    .filter(({ type }) => type === 'problem')
    .map(({ code, path }) => `${code} ${path}`)
    .sort();
}

/** All that a run's problems say to people. */
export function messagesOf({ events }: Pick<Run, 'events'>): string {
  return events
    .filter(({ type }) => type === 'problem')
    .map(({ message }) => message)
    .join('\n');
}
