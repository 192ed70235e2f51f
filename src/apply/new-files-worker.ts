/** A thread that installs small new files. */
import { serveTasks } from '../disk/worker-task.js';
import { installNewFiles } from './new-files.js';

serveTasks(installNewFiles);
