/** A thread that reads and hashes small files for a scan. */
import { serveTasks } from '../disk/worker-task.js';
import { hashBatch } from './hash-batch.js';

serveTasks(hashBatch);
