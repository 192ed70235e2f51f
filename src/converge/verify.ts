/** The end of a run: do all replicas now show the same tree? */
import type { Digest } from '../model/digest.js';
import { RemoteTree } from '../transfer/remote-tree.js';
import type { PeerQueue } from './peer-queue.js';

/** For each peer, whether its root now shows what `view` does. Peers that changed nothing are not asked again. */
export function verify(view: Digest, queues: readonly PeerQueue[]): Promise<boolean[]> {
  return Promise.all(queues.map((queue) => isEqual(view, queue)));
}

async function isEqual(view: Digest, queue: PeerQueue): Promise<boolean> {
  if (queue.failure !== undefined) return false;
  if (!queue.used) return queue.peer.tree.root.view === view;
  try {
    const tree = await RemoteTree.open(queue.peer.session);
    await tree.close();
    return tree.root.view === view;
  } catch (error) {
    queue.fail(error);
    return false;
  }
}
