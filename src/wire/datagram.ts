/**
 * The two datagrams of discovery (docs/PROTOCOL.md [probe], [reply]): fixed size, encrypted, authenticated.
 * A reply is smaller than its probe, so nobody can be flooded through a listener. Pure: nonces and times
 * come in. Whatever cannot be opened is undefined; why is told to nobody.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { type GroupKey, groupId, ID_BYTES, probeKey, replyKey } from './key-schedule.js';

export const PROBE_BYTES = 256;
export const REPLY_BYTES = 192;
/** Bytes of a datagram's nonce: 16 choose the packet's key, 8 go into the cipher. */
export const NONCE_BYTES = 24;
/** Milliseconds that a probe's time may be off, either way: bounds replays, forgives clocks. */
export const PROBE_TIME_WINDOW_MS = 10 * 60 * 1000;

const MAGIC = Buffer.from('p2ps', 'latin1');
const TYPE_AT = MAGIC.length;
const NONCE_AT = TYPE_AT + 1;
const HEADER_BYTES = NONCE_AT + NONCE_BYTES;
const KEY_NONCE_BYTES = 16;
const TAG_BYTES = 16;
const CIPHER = 'chacha20-poly1305';
const TYPES = { probe: 1, reply: 2 } as const;
const SIZES = { probe: PROBE_BYTES, reply: REPLY_BYTES } as const;

export type DatagramType = keyof typeof TYPES;

/** What a group's datagrams are sealed and recognised with; derived once, used for every packet. */
export interface DatagramKeys {
  readonly probe: Buffer;
  readonly reply: Buffer;
  /** 16 bytes: the group's id. */
  readonly tag: Buffer;
}

/** [probe] "Who of this group is there?" */
export interface Probe {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** 16 random bytes a process. */
  readonly initiatorId: Buffer;
  /** 16 random bytes a datagram: the reply repeats it. */
  readonly nonce: Buffer;
}

/** [reply] "I am, at this TCP port." */
export interface Reply {
  /** The probe's. */
  readonly nonce: Buffer;
  /** 16 random bytes a served folder and process; selects the TLS identity. */
  readonly listenerId: Buffer;
  readonly port: number;
  readonly epoch: number;
}

export function datagramKeys(key: GroupKey): DatagramKeys {
  return { probe: probeKey(key), reply: replyKey(key), tag: groupId(key) };
}

/** What a datagram claims to be by its size, magic and type; costs nothing. */
export function datagramType(datagram: Buffer): DatagramType | undefined {
  if (datagram.length !== PROBE_BYTES && datagram.length !== REPLY_BYTES) return undefined;
  const type: DatagramType = datagram.length === PROBE_BYTES ? 'probe' : 'reply';
  const matches = MAGIC.equals(datagram.subarray(0, TYPE_AT)) && datagram[TYPE_AT] === TYPES[type];
  return matches ? type : undefined;
}

/** The 24-byte nonce in the header, authenticated like all of it: names a datagram to those who saw it before. */
export function datagramNonce(datagram: Buffer): Buffer {
  return datagram.subarray(NONCE_AT, HEADER_BYTES);
}

/** [probe] `nonce`: 24 random bytes, never used before. */
export function encodeProbe(keys: DatagramKeys, probe: Probe, nonce: Buffer): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(probe.time));
  return seal('probe', keys.probe, nonce, [time, id(probe.initiatorId), id(probe.nonce), keys.tag]);
}

/** [probe] The probe, if it is one and of this group. Its time is the caller's to check. */
export function decodeProbe(keys: DatagramKeys, datagram: Buffer): Probe | undefined {
  const plain = open('probe', keys.probe, datagram, keys.tag, 40);
  if (plain === undefined) return undefined;
  return {
    time: Number(plain.readBigUInt64BE(0)),
    initiatorId: plain.subarray(8, 24),
    nonce: plain.subarray(24, 40),
  };
}

/** [reply] `nonce`: 24 random bytes, never used before. */
export function encodeReply(keys: DatagramKeys, reply: Reply, nonce: Buffer): Buffer {
  const port = Buffer.alloc(2);
  port.writeUInt16BE(reply.port);
  const epoch = Buffer.alloc(4);
  epoch.writeUInt32BE(reply.epoch);
  return seal('reply', keys.reply, nonce, [id(reply.nonce), id(reply.listenerId), port, epoch, keys.tag]);
}

/** [reply] The reply, if it is one and of this group. Whether its nonce is alive is the caller's to check. */
export function decodeReply(keys: DatagramKeys, datagram: Buffer): Reply | undefined {
  const plain = open('reply', keys.reply, datagram, keys.tag, 38);
  if (plain === undefined) return undefined;
  const port = plain.readUInt16BE(32);
  if (port === 0) return undefined;
  return { nonce: plain.subarray(0, 16), listenerId: plain.subarray(16, 32), port, epoch: plain.readUInt32BE(34) };
}

function seal(type: DatagramType, key: Buffer, nonce: Buffer, fields: readonly Buffer[]): Buffer {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a datagram's nonce has ${NONCE_BYTES} bytes`);
  const header = Buffer.concat([MAGIC, Buffer.of(TYPES[type]), nonce]);
  const plain = Buffer.alloc(SIZES[type] - HEADER_BYTES - TAG_BYTES);
  Buffer.concat(fields).copy(plain);
  const { packetKey, iv } = packetSecrets(key, nonce);
  const cipher = createCipheriv(CIPHER, packetKey, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(header, { plaintextLength: plain.length });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([header, sealed, cipher.getAuthTag()]);
}

/**
 * The plaintext, which has the group's tag at `groupAt`. That tag is looked at before the cipher's: what is junk fails
 * there, where a failure costs nothing. A decipher that refuses throws, and in the program that error with its stack
 * takes three times as long as all the rest (measured: 75 of 110 µs). Nothing of the plaintext is used before both fit.
 */
function open(
  type: DatagramType,
  key: Buffer,
  datagram: Buffer,
  groupTag: Buffer,
  groupAt: number,
): Buffer | undefined {
  if (datagramType(datagram) !== type) return undefined;
  const tagAt = datagram.length - TAG_BYTES;
  const { packetKey, iv } = packetSecrets(key, datagramNonce(datagram));
  const decipher = createDecipheriv(CIPHER, packetKey, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(datagram.subarray(0, HEADER_BYTES), { plaintextLength: tagAt - HEADER_BYTES });
  decipher.setAuthTag(datagram.subarray(tagAt));
  const plain = decipher.update(datagram.subarray(HEADER_BYTES, tagAt));
  if (!timingSafeEqual(plain.subarray(groupAt, groupAt + groupTag.length), groupTag)) return undefined;
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/**
 * A key for each packet, so that 192 random bits never repeat in practice, where the 96 of the cipher alone
 * could, and a repeated pair would give both plaintexts away (the construction of XChaCha20, with HMAC).
 */
function packetSecrets(key: Buffer, nonce: Buffer): { packetKey: Buffer; iv: Buffer } {
  const packetKey = createHmac('sha256', key).update(nonce.subarray(0, KEY_NONCE_BYTES)).digest();
  const iv = Buffer.alloc(12);
  nonce.copy(iv, 4, KEY_NONCE_BYTES);
  return { packetKey, iv };
}

function id(bytes: Buffer): Buffer {
  if (bytes.length !== ID_BYTES) throw new RangeError(`an id or nonce has ${ID_BYTES} bytes, got ${bytes.length}`);
  return bytes;
}
