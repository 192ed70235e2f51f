/** IPv4 addresses and networks as numbers, to decide who is near. */
import { SyncError } from '../model/sync-error.js';

/** An IPv4 network: the addresses whose masked bits are `base`. */
export interface Network {
  readonly base: number;
  readonly mask: number;
}

const ADDRESS_BITS = 32;

/** The number of a dotted address; undefined for anything else. */
export function parseAddress(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** A network written as `10.0.0.0/8`, or one address; throws `usage` for anything else. */
export function parseNetwork(text: string): Network {
  const [address = '', prefix = String(ADDRESS_BITS), ...rest] = text.split('/');
  const number = parseAddress(address);
  const bits = /^\d{1,2}$/.test(prefix) ? Number(prefix) : ADDRESS_BITS + 1;
  if (number === undefined || bits > ADDRESS_BITS || rest.length > 0) {
    throw new SyncError('usage', `expected an IPv4 network such as 10.0.0.0/8, got ${JSON.stringify(text)}`);
  }
  return networkOf(number, maskOf(bits));
}

export function networkOf(address: number, mask: number): Network {
  return { base: (address & mask) >>> 0, mask };
}

/** The address that all hosts of a network hear; undefined where there are none but two (RFC 3021) or one. */
export function broadcastOf({ base, mask }: Network): number | undefined {
  const hosts = ~mask >>> 0;
  return hosts < 3 ? undefined : (base | hosts) >>> 0;
}

export function isIn(address: number, { base, mask }: Network): boolean {
  return (address & mask) >>> 0 === base;
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : (0xffffffff << (ADDRESS_BITS - bits)) >>> 0;
}
