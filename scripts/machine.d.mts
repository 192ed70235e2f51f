/** Types of machine.mjs for tests. */
export interface PrintedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status, or the signal's name. */
  readonly status: number | string;
  readonly seconds: number;
}
export interface Run extends Finished {
  readonly events: readonly PrintedEvent[];
  readonly summary: PrintedEvent | undefined;
}
export interface Listener {
  readonly port: number;
  readonly pid: number;
  readonly events: readonly PrintedEvent[];
  /** Ends it with SIGTERM; its exit status. */
  stop(): Promise<number | null>;
}
export interface RunSettings {
  readonly ports: readonly number[];
  readonly options?: readonly string[];
  readonly onStart?: (pid: number) => void;
  /** Called with each event as it is printed. */
  readonly onEvent?: (event: PrintedEvent, pid: number) => void;
  readonly accept?: readonly (number | string)[];
}
export interface Machine {
  readonly name: string;
  readonly folder: string;
  init(): Promise<string>;
  join(invite: string): Promise<Finished>;
  listen(settings?: { port?: number; options?: readonly string[]; interface?: string }): Promise<Listener>;
  once(settings: RunSettings): Promise<Run>;
  check(settings: RunSettings): Promise<Run>;
  /** Any command line, as this machine's user. */
  run(
    args: readonly string[],
    settings?: {
      input?: string;
      accept?: readonly (number | string)[];
      onStart?: (pid: number) => void;
      onLine?: (line: string, pid: number) => void;
    },
  ): Promise<Finished>;
}
export function makeMachine(settings: {
  readonly name: string;
  readonly folder: string;
  readonly home: string;
  readonly enter?: readonly string[];
  readonly program?: string;
}): Machine;
