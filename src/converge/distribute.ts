/**
 * Carries out a plan as it comes: the initiator installs what it lacks, and every peer is told what to
 * pull as soon as the initiator can serve it. Everything flows through the initiator, so peers need not
 * reach one another.
 */
import { joinPath, type Name, nameOf, type RelPath, ROOT } from '../model/path.js';
import type { Decision } from '../plan/plan-directory.js';
import { Backlog, ENTRIES_AHEAD } from '../transfer/backlog.js';
import type { ContentSource, Origin } from '../transfer/content-source.js';
import type { Applied, Installer } from '../transfer/installer.js';
import type { PeerQueue } from './peer-queue.js';
import type { PlannedDirectory } from './plan-run.js';

const NOTHING_WITHHELD: Promise<ReadonlySet<Name>> = Promise.resolve(new Set<Name>());

/** Replica 0 is the initiator; replica i is `queues[i - 1]` and `sources[i - 1]`. */
export interface Parties {
  readonly installer: Installer;
  readonly queues: readonly PeerQueue[];
  readonly sources: readonly ContentSource[];
  readonly onApplied: (applied: Applied) => void;
}

export class Distribution {
  readonly #parties: Parties;
  /** What is planned and not yet installed here. */
  readonly #own = new Backlog(ENTRIES_AHEAD);
  /** What is not yet handed over to each peer. */
  readonly #handing: readonly Backlog[];
  /** Files that peers get when they have taken the place of directories here, which is the last thing to be done. */
  readonly #postponed: PlannedDirectory[] = [];

  constructor(parties: Parties) {
    this.#parties = parties;
    this.#handing = parties.queues.map(() => new Backlog(ENTRIES_AHEAD));
  }

  /** Starts one directory; resolves when there is room to plan more. */
  async add({ path, decisions }: PlannedDirectory): Promise<void> {
    const applied = this.#install(path, decisions);
    const after = decisions.some(isRelayed) ? applied : NOTHING_WITHHELD;
    this.#hand(path, decisions, after);
    await this.#own.room();
    for (const backlog of this.#handing) await backlog.room();
  }

  /** Waits for everything, the peers' installations included. */
  async finish(): Promise<void> {
    await this.#own.drained();
    if (this.#postponed.length > 0) await this.#handPostponed();
    await Promise.all(this.#parties.queues.map((queue) => queue.finish()));
    await this.#finishOwn();
  }

  async #handPostponed(): Promise<void> {
    for (const backlog of this.#handing) await backlog.drained();
    const failed = await this.#finishOwn();
    if (failed.has(ROOT)) return; // so much would go here that nothing does
    // What a read-only peer does not take has been counted already.
    const takes = (queue: PeerQueue): boolean => !queue.peer.session.peer.readOnly;
    for (const { path, decisions } of this.#postponed) {
      const made = decisions.filter(({ target }) => !failed.has(joinPath(path, target.name)));
      this.#hand(path, made, NOTHING_WITHHELD, takes);
    }
  }

  /** What had to wait here; gives the paths of which something could not be done. */
  async #finishOwn(): Promise<ReadonlySet<RelPath>> {
    const failed = new Set<RelPath>();
    for (const applied of await this.#parties.installer.finish()) {
      this.#parties.onApplied(applied);
      for (const problem of applied.problems) failed.add(problem.path);
    }
    return failed;
  }

  #hand(
    path: RelPath,
    decisions: readonly Decision[],
    after: Promise<ReadonlySet<Name>>,
    takes: (queue: PeerQueue) => boolean = () => true,
  ): void {
    this.#parties.queues.forEach((queue, i) => {
      if (queue.failure !== undefined || !takes(queue)) return;
      const targets = decisions.filter(({ lacking }) => lacking.includes(i + 1)).map(({ target }) => target);
      if (targets.length > 0) this.#handing[i]?.follow(targets.length, queue.push(path, targets, after));
    });
  }

  /** Resolves with the names whose content could not be had, or not yet, so that it cannot be passed on either. */
  #install(path: RelPath, decisions: readonly Decision[]): Promise<ReadonlySet<Name>> {
    const mine = decisions.filter(({ lacking }) => lacking.includes(0));
    if (mine.length === 0) return NOTHING_WITHHELD;
    const wanted = mine.map((decision) => ({ entry: decision.target, origins: this.#originsOf(path, decision) }));
    const applying = this.#parties.installer.apply(path, wanted).then((applied) => {
      this.#parties.onApplied(applied);
      const missed = applied.problems.filter(({ code }) => code === 'unavailable');
      const postponed = new Set(applied.postponed);
      if (postponed.size > 0) {
        this.#postponed.push({ path, decisions: decisions.filter(({ target }) => postponed.has(target.name)) });
      }
      return new Set([...missed.map((problem) => nameOf(problem.path)), ...postponed]);
    });
    this.#own.follow(mine.length, applying);
    return applying;
  }

  /** Peers that hold the content. A conflict copy's content may still stand under the name that it lost. */
  #originsOf(parent: RelPath, { holders, source, target }: Decision): Origin[] {
    const names = source === target.name ? [source] : [source, target.name];
    return holders.flatMap((i) => {
      const peer = this.#parties.sources[i - 1];
      if (peer === undefined || this.#parties.queues[i - 1]?.failure !== undefined) return [];
      return names.map((name) => ({ source: peer, path: joinPath(parent, name) }));
    });
  }
}

/**
 * Whether peers must wait until the initiator has installed its part: it passes on what it lacks itself, a file that gets
 * another time is not given away until that is recorded, because it is not what was scanned meanwhile, and in a conflict
 * the loser's content is fetched before whoever holds it is told to replace it.
 */
function isRelayed({ lacking, actions, target, conflict }: Decision): boolean {
  if (conflict) return true;
  const own = lacking.indexOf(0);
  return own >= 0 && target.kind !== 'directory' && actions[own] !== 'record';
}
