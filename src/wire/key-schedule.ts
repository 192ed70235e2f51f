/**
 * Keys derived from a group's secret, one HKDF-SHA256 label for each use, so that no message of one kind
 * can pass as another (docs/PROTOCOL.md [keys], RFC 5869). Pure: the secret comes in, keys go out.
 */
import { hkdfSync } from 'node:crypto';

/** Bytes of the secret, of every derived key and of a PSK. */
export const KEY_BYTES = 32;
/** Bytes of a group id, a group tag and a listener id. */
export const ID_BYTES = 16;

/** A group's key material. `secret` is 32 bytes; `epoch` counts rotations from 1. */
export interface GroupKey {
  readonly secret: Buffer;
  readonly epoch: number;
}

/** The group's public 16-byte id: names the group in datagrams and markers, reveals nothing of the secret. */
export function groupId(key: GroupKey): Buffer {
  return derive(key.secret, 'group id', ID_BYTES);
}

export function probeKey(key: GroupKey): Buffer {
  return derive(key.secret, 'probe', KEY_BYTES);
}

export function replyKey(key: GroupKey): Buffer {
  return derive(key.secret, 'reply', KEY_BYTES);
}

/** The TLS pre-shared key of one listener: bound to it, so that a relay to another listener fails. */
export function listenerPsk(key: GroupKey, listenerId: Buffer): Buffer {
  const epoch = Buffer.alloc(4);
  epoch.writeUInt32BE(key.epoch);
  return derive(key.secret, Buffer.concat([Buffer.from('tls psk'), epoch, listenerId]), KEY_BYTES);
}

/** The TLS PSK identity of a listener: `p1:<epoch>:<32 hex of its id>`. */
export function pskIdentity(epoch: number, listenerId: Buffer): string {
  return `p1:${epoch}:${listenerId.toString('hex')}`;
}

function derive(secret: Buffer, label: string | Buffer, length: number): Buffer {
  const info = typeof label === 'string' ? Buffer.from(label) : label;
  return Buffer.from(hkdfSync('sha256', secret, Buffer.from('p2psync/1'), info, length));
}
