/** A sink that keeps what is written to it. */
import type { Sink } from '../../src/report/reporter.js';

export class RecordingSink implements Sink {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }

  get lines(): string[] {
    return this.text === '' ? [] : this.text.replace(/\n$/, '').split('\n');
  }
}
