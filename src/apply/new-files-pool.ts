/** Hands small new files to threads that install them; the first few are installed here, which starts no thread. */
import type { AnchoredRoot } from '../disk/anchored-root.js';
import { WorkerPool } from '../disk/worker-pool.js';
import type { LocalStat } from '../model/entry.js';
import {
  installedOf,
  installNewFiles,
  type NewFile,
  type NewFileFailure,
  type NewFilesAnswer,
  type NewFilesRequest,
  packNewFiles,
} from './new-files.js';
import type { Stage } from './stage.js';

/** Files in one request: some 10 ms of work. */
const REQUEST_FILES = 128;
/** Files after which threads are worth their start. */
const FEW = 512;

export class NewFilesPool {
  readonly #pool = new WorkerPool<NewFilesRequest, NewFilesAnswer>(
    new URL('./new-files-worker.js', import.meta.url),
    installNewFiles,
  );
  #taken = 0;
  #before: Promise<unknown> = Promise.resolve();

  /** What became of each file. With `fsync` their contents, not yet their names, are durable then. */
  async install(
    root: AnchoredRoot,
    stage: Stage,
    files: readonly NewFile[],
    fsync: boolean,
  ): Promise<(LocalStat | NewFileFailure)[]> {
    const parts: Promise<(LocalStat | NewFileFailure)[]>[] = [];
    for (let start = 0; start < files.length; start += REQUEST_FILES) {
      const part = files.slice(start, start + REQUEST_FILES);
      const request = packNewFiles({ root: root.shared, stage: stage.lend(), fsync }, part);
      this.#taken += part.length;
      const answer = this.#taken <= FEW ? this.#here(request) : this.#pool.run(request);
      parts.push(answer.then((told) => part.map((_, i) => installedOf(told, i))));
    }
    return (await Promise.all(parts)).flat();
  }

  /** One after the other, as in a thread: each has all its files open at once. */
  #here(request: NewFilesRequest): Promise<NewFilesAnswer> {
    const answer = this.#before.then(() => this.#pool.here(request));
    this.#before = answer.catch(() => {});
    return answer;
  }

  /** Ends the threads; nothing may be under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
