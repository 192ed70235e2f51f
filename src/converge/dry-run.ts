/** `--dry-run`: what the plan would do on which replica, as `change` events; nothing is sent or installed. */
import { type Entry, isLive, sameContent } from '../model/entry.js';
import type { ChangeAction } from '../model/event.js';
import { joinPath } from '../model/path.js';
import { isConflictCopy } from '../plan/conflict-copy.js';
import type { Peer } from './find-peers.js';
import type { PlannedDirectory } from './plan-run.js';
import type { Run } from './run.js';
