/** Where a peer is reached: `--peer host[:port]`, and addresses of peers seen before. */
import { SyncError } from '../model/sync-error.js';

export interface HostPort {
  /** IPv4 address or name. */
  readonly host: string;
  /** The peer's TCP port, and the UDP port where it answers probes. */
  readonly port: number;
}

/** The port field of UDP and TCP has 16 bits. */
export const PORT_MAX = 65_535;

/** Reads `host` or `host:port`; throws `usage` for anything else. */
export function parseHostPort(text: string, defaultPort: number): HostPort {
  const [, host, port] = /^([^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const number = port === undefined ? defaultPort : Number(port);
  if (host !== undefined && number >= 1 && number <= PORT_MAX) return { host, port: number };
  throw new SyncError('usage', `expected a peer as host or host:port (IPv4 or a name), got ${JSON.stringify(text)}`);
}

export function formatHostPort({ host, port }: HostPort): string {
  return `${host}:${port}`;
}
