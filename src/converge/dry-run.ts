/** `--dry-run`: what the plan would do on which replica, as `change` events; nothing is sent or installed. */
import { joinPath } from '../model/path.js';
import type { Peer } from './find-peers.js';
import type { PlannedDirectory } from './plan-run.js';
import type { Run } from './run.js';

/** True if nothing would be done anywhere. */
export async function itemise(
  run: Run,
  plan: AsyncIterable<PlannedDirectory>,
  peers: readonly Peer[],
): Promise<boolean> {
  let equal = true;
  for await (const { path, decisions } of plan) {
    for (const { target, lacking, actions } of decisions) {
      lacking.forEach((replica, i) => {
        const action = actions[i];
        if (action === undefined || action === 'record') return;
        equal = false;
        const peer = peers[replica - 1];
        const bytes = action === 'metadata' || action === 'delete' ? 0 : target.size;
        const where = peer === undefined ? {} : { peer: peer.name };
        const counts = { literalBytes: 0, matchedBytes: 0, reusedBytes: 0 };
        run.tally.emit({ type: 'change', path: joinPath(path, target.name), action, bytes, ...counts, ...where });
      });
    }
  }
  return equal;
}
