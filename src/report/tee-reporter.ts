/** One run told to several reporters (the screen and a log file). */
import type { Reporter } from './reporter.js';

export function teeReporter(reporters: readonly Reporter[]): Reporter {
  return {
    event(event) {
      for (const reporter of reporters) reporter.event(event);
    },
    close() {
      for (const reporter of reporters) reporter.close();
    },
  };
}
