import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PEERS_MAX, Search, type Target } from '../../src/discovery/search.js';
import { datagramKeys, decodeProbe, encodeReply } from '../../src/wire/datagram.js';
import { newGroup } from './test-group.js';

const key = newGroup(2);
const keys = datagramKeys(key);
const broadcast: Target = { kind: 'broadcast', address: '192.168.1.255', port: 22327 };
const peer: Target = { kind: 'peer', address: '192.168.1.7', port: 4000 };

function newSearch() {
  let ticks = 0;
  const search = new Search({
    key,
    initiatorId: Buffer.alloc(16),
    now: () => 1_700_000_000_000,
    ticks: () => ticks++,
    random: randomBytes,
  });
  /** The reply of a listener to the probe sent to a target. */
  const replyTo = (target: Target, listenerId = randomBytes(16)) => {
    const nonce = decodeProbe(keys, search.probeFor(target))?.nonce ?? Buffer.alloc(16);
    return encodeReply(keys, { nonce, listenerId, port: 4000, epoch: 2 }, randomBytes(24));
  };
  return { search, replyTo };
}

describe('a search', () => {
  it('takes the reply to its probe, with the address it came from', () => {
    const { search, replyTo } = newSearch();
    const listenerId = randomBytes(16);
    const found = search.receive(replyTo(broadcast, listenerId), '192.168.1.7');
    expect(found).toMatchObject({ host: '192.168.1.7', port: 4000, listenerId, epoch: 2 });
    expect(found?.rttMs).toBeGreaterThan(0);
    expect(search.found).toEqual([found]);
  });

  it('takes no reply to a probe of another search', () => {
    const { replyTo } = newSearch();
    const { search } = newSearch();
    expect(search.receive(replyTo(broadcast), '192.168.1.7')).toBeUndefined();
    expect(search.found).toEqual([]);
  });

  it('knows which of its targets has answered', () => {
    const { search, replyTo } = newSearch();
    const reply = replyTo(peer);
    replyTo(broadcast);
    search.receive(reply, '192.168.1.7');
    expect(search.hasAnswered(peer)).toBe(true);
    expect(search.hasAnswered(broadcast)).toBe(false);
  });

  it('lists a listener once, and keeps a few other addresses that its replies came from', () => {
    const { search, replyTo } = newSearch();
    const listenerId = randomBytes(16);
    for (const host of ['10.0.0.66', '192.168.1.7', '192.168.1.7', '10.0.0.7', '10.0.0.8', '10.0.0.9']) {
      search.receive(replyTo(broadcast, listenerId), host);
    }
    const [found, ...rest] = search.found;
    expect(rest).toEqual([]);
    expect(found?.host).toBe('10.0.0.66');
    expect(found?.also.map(({ host }) => host)).toEqual(['192.168.1.7', '10.0.0.7', '10.0.0.8']);
  });

  it('ends at 256 listeners', () => {
    const { search, replyTo } = newSearch();
    for (let i = 0; i < PEERS_MAX + 10; i++) search.receive(replyTo(broadcast), `10.0.${i >> 8}.${i & 255}`);
    expect(search.found).toHaveLength(PEERS_MAX);
  });

  it('opens no probe, its own reflected one either', () => {
    const { search } = newSearch();
    expect(search.receive(search.probeFor(broadcast), '192.168.1.7')).toBeUndefined();
  });
});
