/** `p2psync check`. */
import { check } from '../converge/check.js';
import type { Invocation } from './invocation.js';
import { runFolders } from './run-folders.js';

export function run(invocation: Invocation): Promise<number> {
  return runFolders(invocation, 'check', check);
}
