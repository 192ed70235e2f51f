import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type DatagramKeys,
  datagramKeys,
  datagramNonce,
  datagramType,
  decodeProbe,
  decodeReply,
  encodeProbe,
  encodeReply,
  PROBE_BYTES,
  REPLY_BYTES,
} from '../../src/wire/datagram.js';
import { listenerPsk, pskIdentity } from '../../src/wire/key-schedule.js';

const text = readFileSync(new URL('../../fixtures/datagram/vectors.json', import.meta.url), 'utf8');
const vectors = JSON.parse(text) as {
  secret: string;
  epoch: number;
  keys: { groupId: string; probe: string; reply: string; psk: string; identity: string };
  probe: { time: number; initiatorId: string; nonce: string; headerNonce: string; datagram: string };
  reply: { nonce: string; listenerId: string; port: number; epoch: number; headerNonce: string; datagram: string };
};
const hex = (value: string) => Buffer.from(value, 'hex');
const key = { secret: hex(vectors.secret), epoch: vectors.epoch };
const keys = datagramKeys(key);
const probe = {
  time: vectors.probe.time,
  initiatorId: hex(vectors.probe.initiatorId),
  nonce: hex(vectors.probe.nonce),
};
const reply = {
  nonce: hex(vectors.reply.nonce),
  listenerId: hex(vectors.reply.listenerId),
  port: vectors.reply.port,
  epoch: vectors.reply.epoch,
};
const probeDatagram = hex(vectors.probe.datagram);
const replyDatagram = hex(vectors.reply.datagram);

describe('the vectors of [keys], [probe] and [reply]', () => {
  it('are the derived keys', () => {
    expect(keys.tag.toString('hex')).toBe(vectors.keys.groupId);
    expect(keys.probe.toString('hex')).toBe(vectors.keys.probe);
    expect(keys.reply.toString('hex')).toBe(vectors.keys.reply);
    expect(listenerPsk(key, reply.listenerId).toString('hex')).toBe(vectors.keys.psk);
    expect(pskIdentity(key.epoch, reply.listenerId)).toBe(vectors.keys.identity);
  });

  it('are the sealed probe and reply', () => {
    expect(encodeProbe(keys, probe, hex(vectors.probe.headerNonce)).toString('hex')).toBe(vectors.probe.datagram);
    expect(encodeReply(keys, reply, hex(vectors.reply.headerNonce)).toString('hex')).toBe(vectors.reply.datagram);
  });

  it('open to what was sealed', () => {
    expect(decodeProbe(keys, probeDatagram)).toEqual(probe);
    expect(decodeReply(keys, replyDatagram)).toEqual(reply);
    expect(datagramNonce(probeDatagram)).toEqual(hex(vectors.probe.headerNonce));
  });

  it('stand in docs/PROTOCOL.md as they are in the fixture', () => {
    const page = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8').replace(/\s+/g, '');
    expect(page).toContain(vectors.probe.datagram);
    expect(page).toContain(vectors.reply.datagram);
    for (const value of Object.values(vectors.keys)) expect(page).toContain(value);
  });
});

describe('a datagram', () => {
  it('has one size, and the reply is the smaller one', () => {
    expect(probeDatagram.length).toBe(PROBE_BYTES);
    expect(replyDatagram.length).toBe(REPLY_BYTES);
    expect(REPLY_BYTES).toBeLessThan(PROBE_BYTES);
  });

  it('stays closed with any bit of it flipped', () => {
    expect(everyFlip(probeDatagram).filter((datagram) => decodeProbe(keys, datagram) !== undefined)).toEqual([]);
    expect(everyFlip(replyDatagram).filter((datagram) => decodeReply(keys, datagram) !== undefined)).toEqual([]);
  });

  it('stays closed in any other size', () => {
    for (const size of [0, 1, 28, 29, 45, 191, 193, 255, 257, 1472, 65507]) {
      const datagram = Buffer.alloc(size);
      probeDatagram.copy(datagram);
      expect(datagramType(datagram)).toBeUndefined();
      expect(decodeProbe(keys, datagram)).toBeUndefined();
      expect(decodeReply(keys, datagram)).toBeUndefined();
    }
  });

  it('stays closed to another group, and to the keys of the other direction', () => {
    const others = datagramKeys({ secret: Buffer.alloc(32, 9), epoch: 7 });
    const swapped: DatagramKeys = { probe: keys.reply, reply: keys.probe, tag: keys.tag };
    expect(decodeProbe(others, probeDatagram)).toBeUndefined();
    expect(decodeReply(others, replyDatagram)).toBeUndefined();
    expect(decodeProbe(swapped, probeDatagram)).toBeUndefined();
    expect(decodeReply(swapped, replyDatagram)).toBeUndefined();
  });

  it('stays closed when its tag names another group, even under the right key', () => {
    const forged = encodeProbe({ ...keys, tag: Buffer.alloc(16, 1) }, probe, hex(vectors.probe.headerNonce));
    expect(decodeProbe(keys, forged)).toBeUndefined();
  });

  it('stays closed when it names no port', () => {
    expect(decodeReply(keys, encodeReply(keys, { ...reply, port: 0 }, Buffer.alloc(24)))).toBeUndefined();
  });

  it('shows nothing of its content or its group outside the cipher', () => {
    for (const secret of [keys.tag, probe.initiatorId, probe.nonce]) expect(probeDatagram.includes(secret)).toBe(false);
    for (const secret of [keys.tag, reply.listenerId, reply.nonce]) expect(replyDatagram.includes(secret)).toBe(false);
  });
});

function everyFlip(datagram: Buffer): Buffer[] {
  return Array.from({ length: datagram.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(datagram);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return flipped;
  });
}
