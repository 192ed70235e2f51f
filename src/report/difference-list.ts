/** What `check` found different, peer by peer: one line each up to a cap, then how many more there are. */
import type { SyncEvent } from '../model/event.js';
import { screenPath } from './escape.js';
import { fieldText } from './key-value.js';
import { countText } from './quantity.js';

export type Difference = Extract<SyncEvent, { readonly type: 'difference' }>;

/** Lines a peer; what does not fit on a screen is what `--json` and `-v` are for. */
export const DIFFERENCES_SHOWN = 20;

export interface DifferenceList {
  add(difference: Difference): void;
  /** The lines of all peers, in the order in which the peers came; empties the list. */
  take(): string[];
}

export function differenceList(cap: number): DifferenceList {
  let peers = new Map<string, { lines: string[]; more: number }>();
  return {
    add(difference) {
      let found = peers.get(difference.peer);
      if (found === undefined) {
        found = { lines: [], more: 0 };
        peers.set(difference.peer, found);
      }
      if (found.lines.length < cap) found.lines.push(differenceLine(difference));
      else found.more += 1;
    },
    take() {
      const lines: string[] = [];
      for (const [peer, { lines: own, more }] of peers) {
        for (const line of own) lines.push(line);
        if (more > 0) lines.push(`differ  ${fieldText(peer)}  and ${countText(more)} more (-v or --json lists all)`);
      }
      peers = new Map();
      return lines;
    },
  };
}

/** `differ  nas  here=file  there=missing  img/a b.jpg`: the path stands last, so that its spaces do no harm. */
export function differenceLine({ peer, here, there, path }: Difference): string {
  return `differ  ${fieldText(peer)}  here=${fieldText(here)}  there=${fieldText(there)}  ${screenPath(path)}`;
}
