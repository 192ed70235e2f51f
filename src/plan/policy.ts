/** What a run is allowed to decide. The initiator plans with it; a receiver enforces with its own consent in it. */
export interface Policy {
  /** Tombstones may remove what they dominate; otherwise whatever is live anywhere comes back. */
  readonly deletes: boolean;
  /**
   * - `keep-both`: the losers of a conflict become conflict copies;
   * - `newest`: they go to the trash (or the backup) of the replicas that held them;
   * - `fail`: a path in conflict stays as it is everywhere, and the run says so.
   */
  readonly conflict: 'keep-both' | 'newest' | 'fail';
}
