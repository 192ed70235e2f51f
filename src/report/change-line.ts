/** One line for one thing that happened (or, in a dry run, would happen) to one path. The path always stands last. */
import type { SyncEvent } from '../model/event.js';
import type { Problem } from '../model/problem.js';
import { screenMessage, screenPath, screenText } from './escape.js';
import { fieldText } from './key-value.js';

type Change = Extract<SyncEvent, { readonly type: 'change' }>;
type Conflict = Extract<SyncEvent, { readonly type: 'conflict' }>;

/** `create    here        12345  img/a b.jpg`: action, where, exact bytes, path; three fields, then the rest of the line. */
export function changeLine({ action, peer, bytes, path }: Change): string {
  return `${action.padEnd(8)}  ${fieldText(peer ?? 'here').padEnd(8)}  ${String(bytes).padStart(12)}  ${screenPath(path)}`;
}

export function conflictLine({ path, copy }: Conflict): string {
  return `p2psync: conflict: ${screenPath(path)}: the other version is kept as ${screenPath(copy)}`;
}

/** `p2psync: unreadable: img/a.jpg: permission denied`; with the peer's name where it happened elsewhere, without a path where a whole peer failed. */
export function problemLine({ code, path, message, fatal, peer }: Problem): string {
  const where = [...(peer === undefined ? [] : [screenText(peer)]), ...(code === 'peer' ? [] : [screenPath(path)])];
  return `p2psync: ${fatal ? '' : 'warning: '}${[code, ...where, screenMessage(message)].join(': ')}`;
}
