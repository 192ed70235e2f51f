/** Leaving a group: forgets the membership, never the files. */
import { dropRecord } from './folder-record.js';
import type { GroupEnv } from './group-env.js';
import { dropUnusedKey } from './join.js';
import { findRecord } from './joined-folder.js';
import { readMarker, removeMarker } from './marker.js';
import { removeStateDir } from './state-dir.js';
import { reportingSystemErrors } from './system-error.js';

export interface Leaving {
  readonly root: string;
  /** Whether the group's key file went too, because no other folder here is in the group. */
  readonly keyRemoved: boolean;
  /** Whether `.p2psync/` may still be in the folder: with trash in it, or because the folder is not there now. */
  readonly remains: boolean;
}

/**
 * Removes record, marker, state, and the key if it was the last folder of its group here. The folder itself
 * may be away. All files stay where they are, what lies in the trash too.
 */
export function leaveFolder(folder: string, env: GroupEnv): Leaving {
  return reportingSystemErrors(() => {
    const { root, folder: id, group } = findRecord(folder, env);
    dropRecord(root, env);
    const remains = !removeOwnMarker(root, id);
    removeStateDir(root, env);
    return { root, keyRemoved: dropUnusedKey(group, env), remains };
  });
}

/** Whether nothing of ours is left in the folder. A marker of another folder is not ours to remove. */
function removeOwnMarker(root: string, folder: string): boolean {
  try {
    return readMarker(root)?.folder === folder && removeMarker(root).directoryRemoved;
  } catch {
    // Away, read-only or damaged: the membership ends all the same.
    return false;
  }
}
