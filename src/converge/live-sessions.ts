/**
 * The sessions of a listener, each with the key that opened it: when a folder's key is changed (`rotate`, `join`) or the
 * folder leaves its group, sessions of the old key end at once, and one whose hello is still to come does not begin. The same
 * where the key cannot be told.
 */
import type { JoinedFolder } from '../group/joined-folder.js';
import { SyncError } from '../model/sync-error.js';
import type { Session } from '../session/channel.js';
import type { GroupKey } from '../wire/key-schedule.js';
import { IdleMemory } from './idle-memory.js';

/** A folder as long as its process runs. */
export type Member = Pick<JoinedFolder, 'label' | 'membership'>;

export class LiveSessions {
  readonly #sessions = new Map<Session, { readonly member: Member; readonly key: GroupKey }>();
  /** What serves them. */
  readonly #serving = new Set<Promise<void>>();
  readonly #memory: IdleMemory;

  /** `rest` is called when none has been served for some time. */
  constructor(rest: () => void) {
    this.#memory = new IdleMemory(rest);
  }

  /** Serves a session that `key` has opened, unless it is the folder's no longer. */
  enter(session: Session, member: Member, key: GroupKey, serve: () => Promise<void>): void {
    if (member.membership.key() !== key) {
      void session.close(expelled(member));
      return;
    }
    this.#sessions.set(session, { member, key });
    this.#memory.busy();
    const serving = serve().finally(() => {
      this.#serving.delete(serving);
      if (this.#serving.size === 0) this.#memory.idle();
    });
    this.#serving.add(serving);
    void session.closed.then(() => this.#sessions.delete(session));
  }

  /** Ends the sessions of a folder that were opened by another key than it has now. */
  expel(member: Member): void {
    const now = member.membership.key();
    for (const [session, { member: of, key }] of this.#sessions) {
      if (of === member && key !== now) void session.close(expelled(member));
    }
  }

  /** Resolves when none is served any more; for a listener that stops, so that memory is no concern any longer. */
  async over(): Promise<void> {
    await Promise.all(this.#serving);
    this.#memory.busy();
  }
}

/**
 * By what its key was found to be just now. Why goes to whoever holds the old key, maybe: it names no path of this
 * machine.
 */
function expelled({ label, membership }: Member): SyncError {
  if (membership.trouble !== undefined) {
    return new SyncError('io', `the key of the folder ${label} cannot be read there at the moment; try again later`);
  }
  const why = membership.left ? 'has left its group' : 'has a new key: join again with the new invite';
  return new SyncError('auth', `the folder ${label} ${why}`);
}
