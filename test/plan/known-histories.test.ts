import { expect, test } from 'vitest';
import { checkHistory } from './check-history.js';
import { KNOWN_HISTORIES } from './known-histories.js';

for (const [name, history] of Object.entries(KNOWN_HISTORIES)) {
  test(name, () => expect(() => checkHistory(history)).not.toThrow());
}
