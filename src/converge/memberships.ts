/** Watches whether a listener's folders are still in their groups, and by which keys (src/group/membership.ts). */
import type { Emit } from '../model/event.js';
import { ROOT } from '../model/path.js';
import { SyncError } from '../model/sync-error.js';
import type { LiveSessions, Member } from './live-sessions.js';

export class Memberships {
  /** Rejects with `not-joined` once no folder is in its group any more; never resolves. */
  readonly allLeft: Promise<never>;
  readonly #members: readonly Member[];
  readonly #sessions: LiveSessions;
  readonly #emit: Emit;
  readonly #ends: readonly (() => void)[];
  #leave: (error: SyncError) => void = () => {};

  constructor(members: readonly Member[], sessions: LiveSessions, emit: Emit) {
    this.#members = members;
    this.#sessions = sessions;
    this.#emit = emit;
    this.allLeft = new Promise((_, reject) => {
      this.#leave = reject;
    });
    this.allLeft.catch(() => {}); // awaited by the listener, or it stops for another reason
    this.#ends = members.map((member) => member.membership.watch(() => this.#changed(member)));
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #changed(member: Member): void {
    const { label, membership } = member;
    this.#sessions.expel(member);
    if (membership.trouble !== undefined) {
      const message = `the folder ${label} is not served until its key can be read again: ${membership.trouble.message}`;
      this.#emit({ type: 'problem', code: 'unreadable', path: ROOT, message, fatal: true });
    }
    if (!membership.left) return;
    const message = `the folder ${label} has left its group and is served no longer`;
    this.#emit({ type: 'problem', code: 'unavailable', path: ROOT, message, fatal: true });
    if (this.#members.every((each) => each.membership.left)) {
      this.#leave(new SyncError('not-joined', 'no folder that this listener served is in a group any more'));
    }
  }
}
