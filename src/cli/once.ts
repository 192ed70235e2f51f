/** `p2psync once`. */
import { once } from '../converge/once.js';
import type { Invocation } from './invocation.js';
import { runFolders } from './run-folders.js';

export function run(invocation: Invocation): Promise<number> {
  return runFolders(invocation, 'once', once);
}
