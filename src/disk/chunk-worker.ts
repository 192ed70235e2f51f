/** A thread that cuts files into chunks. */
import { cutFile } from './chunker.js';
import { serveTasks } from './worker-task.js';

serveTasks(cutFile);
