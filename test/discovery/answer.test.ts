import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { Admission, DECRYPTIONS_BURST, DECRYPTIONS_PER_SECOND } from '../../src/discovery/admission.js';
import { Answerer, LOOK_EVERY, type Served } from '../../src/discovery/answer.js';
import { NONCES_MAX, RecentNonces } from '../../src/discovery/recent.js';
import { datagramKeys, decodeReply, encodeProbe } from '../../src/wire/datagram.js';
import type { GroupKey } from '../../src/wire/key-schedule.js';
import { newGroup, served } from './test-group.js';

const START = 1_700_000_000_000;
const MINUTE = 60_000;
const SOURCE = '192.168.1.9';
const key = newGroup(3);
const folder = served(key);
let now = START;
let ticks = 0;

beforeEach(() => {
  now = START;
  ticks = 0;
});

function answerer(folders: readonly Served[] = [folder], onLook: () => void = () => {}): Answerer {
  return new Answerer({
    folders: () => {
      onLook();
      return folders;
    },
    tcpPort: 4000,
    isNear: (address) => address.startsWith('192.168.1.'),
    now: () => now,
    ticks: () => ticks,
    random: randomBytes,
  });
}

function probe(group: GroupKey = key, time = now): Buffer {
  const content = { time, initiatorId: Buffer.alloc(16, 1), nonce: randomBytes(16) };
  return encodeProbe(datagramKeys(group), content, randomBytes(24));
}

describe('an answer', () => {
  it('tells the listener, its port and epoch to whom has the key', () => {
    const content = { time: now, initiatorId: Buffer.alloc(16, 1), nonce: Buffer.alloc(16, 2) };
    const datagram = encodeProbe(datagramKeys(key), content, Buffer.alloc(24, 3));
    const [answer, ...rest] = answerer().answer(datagram, SOURCE);
    expect(rest).toEqual([]);
    expect(decodeReply(datagramKeys(key), answer?.datagram ?? Buffer.alloc(0))).toEqual({
      nonce: content.nonce,
      listenerId: folder.listenerId,
      port: 4000,
      epoch: 3,
    });
  });

  it('comes for each folder of the group, and for none of another', () => {
    const second = served({ ...key });
    const foreign = served(newGroup());
    const ids = answerer([folder, foreign, second])
      .answer(probe(), SOURCE)
      .map(({ listenerId }) => listenerId);
    expect(ids).toEqual([folder.listenerId, second.listenerId]);
  });

  it('follows the folders that are served at that moment', () => {
    const folders: Served[] = [];
    const changing = answerer(folders);
    expect(changing.answer(probe(), SOURCE)).toEqual([]);
    folders.push(folder);
    ticks += LOOK_EVERY;
    expect(changing.answer(probe(), SOURCE)).toHaveLength(1);
    folders.pop();
    expect(changing.answer(probe(), SOURCE)).toEqual([]);
  });

  it.each([
    ['from off the subnets', () => ['10.0.0.1', probe()]],
    ['of another group', () => [SOURCE, probe(newGroup())]],
    ['from eleven minutes ago', () => [SOURCE, probe(key, START - 11 * MINUTE)]],
    ['from eleven minutes ahead', () => [SOURCE, probe(key, START + 11 * MINUTE)]],
    ['with the last possible time', () => [SOURCE, probe(key, Number.MAX_SAFE_INTEGER)]],
  ] as [string, () => [string, Buffer]][])('is silence to a probe %s', (_what, make) => {
    const [source, datagram] = make();
    expect(answerer().answer(datagram, source)).toEqual([]);
  });

  it('is given to clocks that are nine minutes off', () => {
    for (const off of [-9, 9]) {
      expect(answerer().answer(probe(key, START + off * MINUTE), SOURCE)).toHaveLength(1);
    }
  });

  it('is given once, however often the probe is repeated and from wherever', () => {
    const one = answerer();
    const recorded = probe();
    let answers = 0;
    for (let i = 0; i < 1_000; i++) {
      ticks += 10;
      answers += one.answer(recorded, `192.168.1.${i % 250}`).length;
    }
    expect(answers).toBe(1);
  });

  it('is not given again after any amount of junk: only accepted probes are remembered', () => {
    const one = answerer();
    const recorded = probe();
    expect(one.answer(recorded, SOURCE)).toHaveLength(1);
    const foreign = newGroup();
    for (let i = 0; i < NONCES_MAX / 8; i++) {
      ticks += 1_000;
      one.answer(probe(foreign), SOURCE);
    }
    expect(one.answer(recorded, SOURCE)).toEqual([]);
  });

  it('is remembered until 4,096 later probes were accepted', () => {
    const nonce = (i: number) => Buffer.alloc(24, `${i} `);
    const nonces = new RecentNonces();
    for (let i = 0; i < NONCES_MAX; i++) nonces.add(nonce(i));
    expect(nonces.has(nonce(0))).toBe(true);
    nonces.add(nonce(NONCES_MAX));
    expect(nonces.has(nonce(0))).toBe(true);
    expect(nonces.has(nonce(1))).toBe(false);
    expect(nonces.has(nonce(2))).toBe(true);
  });

  it('goes to one address at most five times in any second', () => {
    const one = answerer();
    const times: number[] = [];
    for (; ticks < 5_000; ticks += 10) if (one.answer(probe(), SOURCE).length > 0) times.push(ticks);
    for (const from of times) {
      expect(times.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(5);
    }
    expect(times.length).toBe(25);
    expect(one.answer(probe(), '192.168.1.10')).toHaveLength(1);
  });

  it('reaches every one of many folders in the course of a search', () => {
    const folders = Array.from({ length: 12 }, () => served(key));
    const one = answerer(folders);
    const heard = new Set<string>();
    for (const at of [0, 1_000, 2_000]) {
      ticks = at;
      for (const { listenerId } of one.answer(probe(), SOURCE)) heard.add(listenerId.toString('hex'));
    }
    expect(heard.size).toBe(12);
  });
});

describe('a flood without the key', () => {
  const junk = () => {
    const datagram = randomBytes(256);
    datagram.set(Buffer.from('p2ps\x01', 'latin1'));
    return datagram;
  };
  const address = (i: number) => `192.168.1.${(i % 200) + 20}`;

  /** One second of `rate` datagrams, with an honest probe after every tenth of it; how many are answered. */
  function honestAnswers(rate: number, source: (i: number) => string): number {
    const one = answerer();
    const flood = Array.from({ length: 64 }, junk);
    let answered = 0;
    for (let i = 0; i < rate; i++) {
      ticks = (i * 1_000) / rate;
      one.answer(flood[i % flood.length] as Buffer, source(i));
      if (i % (rate / 10) === rate / 10 - 1) answered += one.answer(probe(), SOURCE).length;
    }
    return answered;
  }

  it('of 2,000 a second from one address, or from many forged ones, starves nobody', () => {
    expect(honestAnswers(2_000, () => '192.168.1.66')).toBe(5);
    expect(honestAnswers(2_000, address)).toBe(5);
  });

  it('of 2,000 a second in the name of the honest address does not starve it', () => {
    expect(honestAnswers(2_000, () => '192.168.1.9')).toBe(5);
  });

  it('of 20,000 a second from one address starves only itself', () => {
    expect(honestAnswers(20_000, () => '192.168.1.66')).toBe(5);
  });

  it('has the folders looked up now and then only, and members find those that are served all the same', () => {
    let looks = 0;
    const folders = [folder];
    const one = answerer(folders, () => looks++);
    for (; ticks < 1_000; ticks += 0.5) one.answer(junk(), '192.168.1.66');
    expect(looks).toBeLessThanOrEqual(1_000 / LOOK_EVERY);
    folders[0] = served(newGroup());
    expect(one.answer(probe(), SOURCE)).toEqual([]); // by the key that is served no longer
    expect(one.answer(probe(folders[0].key), SOURCE)).toHaveLength(1);
  });

  it('is not decrypted beyond the rate: an address that used up its share waits while attempts are scarce', () => {
    const one = answerer();
    const flood = junk();
    for (let i = 0; i < 3_000; i++) one.answer(flood, '192.168.1.66');
    for (let i = 0; i < 20; i++) one.answer(flood, SOURCE);
    expect(one.answer(probe(), SOURCE)).toEqual([]);
    expect(one.answer(probe(), '192.168.1.10')).toHaveLength(1);
    ticks = 1_000;
    expect(one.answer(probe(), SOURCE)).toHaveLength(1);
  });

  it('of 50,000 a second from many forged addresses costs at most the rate and the burst', () => {
    const admission = new Admission();
    let admitted = 0;
    for (let i = 0; i < 50_000; i++) if (admission.admit(address(i), 1, i / 50)) admitted++;
    expect(admitted).toBeLessThanOrEqual(DECRYPTIONS_PER_SECOND + DECRYPTIONS_BURST);
  });

  it('of a listener with many groups is charged for each key that is tried', () => {
    const admission = new Admission();
    let admitted = 0;
    for (let i = 0; i < 1_000; i++) if (admission.admit(address(i), 50, 0)) admitted++;
    expect(admitted * 50).toBeLessThanOrEqual(DECRYPTIONS_BURST);
    const one = answerer([folder, ...Array.from({ length: 49 }, () => served(newGroup()))]);
    const flood = junk();
    for (let i = 0; i < 100; i++) one.answer(flood, SOURCE);
    expect(one.answer(probe(), SOURCE)).toEqual([]);
  });
});
