/** A thread that takes digests of large files for a scan. */
import { serveTasks } from '../disk/worker-task.js';
import { digestSpan } from './digest-task.js';

serveTasks(digestSpan);
