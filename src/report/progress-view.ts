/** What shows how far a run is: bars on a terminal, or a line now and then. */
import type { ReportEvent } from './reporter.js';

export interface ProgressView {
  event(event: ReportEvent): void;
  /** Runs `write` while the view is out of the way, so that lines and bars do not mix. */
  aside(write: () => void): void;
  /** Takes the view off the screen; the next `start` brings it back. */
  end(): void;
  /** Like `end`, for good. */
  close(): void;
}
