/** Asks for one line on a terminal without showing it. The terminal is in raw mode meanwhile, and never afterwards. */
import { SyncError } from '../model/sync-error.js';
import type { World } from './invocation.js';

const INTERRUPT = '\x03';
const END = '\x04';
const CLEAR = '\x15';
const ERASE = new Set(['\x7f', '\b']);

/** The line without its end. Ctrl-C throws `interrupted`, as do SIGINT and SIGTERM. */
export function promptHidden(question: string, { stdin, err, interruption }: World): Promise<string> {
  const { signal } = interruption;
  return new Promise((resolve, reject) => {
    let line = '';
    const settle = (done: () => void) => {
      stdin.off('data', take);
      stdin.off('end', ended);
      signal.removeEventListener('abort', aborted);
      stdin.setRawMode?.(false);
      stdin.pause();
      err.write('\n');
      done();
    };
    const aborted = () => settle(() => reject(signal.reason));
    const ended = () => settle(() => resolve(line));
    function take(text: string): void {
      for (const character of text) {
        if (character === INTERRUPT) {
          settle(() => reject(new SyncError('interrupted', 'stopped by Ctrl-C')));
          return;
        }
        if (character === '\r' || character === '\n' || character === END) {
          ended();
          return;
        }
        if (character === CLEAR) line = '';
        else if (ERASE.has(character)) line = line.slice(0, -1);
        else if (character >= ' ') line += character;
      }
    }
    // Raw before the question: whoever (or whatever pastes) answers at once must not be shown either.
    stdin.setRawMode?.(true);
    err.write(question);
    stdin.setEncoding('utf8');
    stdin.on('data', take);
    stdin.once('end', ended);
    signal.addEventListener('abort', aborted);
    stdin.resume();
  });
}
