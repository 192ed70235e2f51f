import { describe, expect, it } from 'vitest';
import { parseHostPort } from '../../src/discovery/host-port.js';
import { localInterfaces } from '../../src/discovery/interfaces.js';
import { formatAddress, isIn, parseAddress, parseNetwork } from '../../src/discovery/network.js';
import { SyncError } from '../../src/model/sync-error.js';

const listing = () => ({
  lo: [
    { address: '127.0.0.1', netmask: '255.0.0.0', family: 'IPv4' as const, internal: true },
    { address: '::1', netmask: 'ffff::', family: 'IPv6' as const, internal: true },
  ],
  eth0: [
    { address: '192.168.1.5', netmask: '255.255.255.0', family: 'IPv4' as const, internal: false },
    { address: '10.20.30.40', netmask: '255.255.252.0', family: 'IPv4' as const, internal: false },
  ],
  tun0: [{ address: '10.8.0.6', netmask: '255.255.255.255', family: 'IPv4' as const, internal: false }],
  p2p: [{ address: '10.9.0.0', netmask: '255.255.255.254', family: 'IPv4' as const, internal: false }],
});

describe('interfaces', () => {
  it('are listed for each IPv4 address, with the directed broadcast of its network', () => {
    expect(localInterfaces([], listing).map(({ name, broadcast }) => [name, broadcast])).toEqual([
      ['lo', '127.255.255.255'],
      ['eth0', '192.168.1.255'],
      ['eth0', '10.20.31.255'],
      ['tun0', undefined],
      ['p2p', undefined],
    ]);
  });

  it('are chosen by name or address', () => {
    expect(localInterfaces(['eth0'], listing)).toHaveLength(2);
    const addresses = localInterfaces(['10.20.30.40', 'lo'], listing).map(({ address }) => address);
    expect(addresses).toEqual(['127.0.0.1', '10.20.30.40']);
  });

  it('that are not there are refused with those that are', () => {
    expect(() => localInterfaces(['eth7'], listing)).toThrow(/eth7; there are: lo \(127\.0\.0\.1\), eth0/);
  });

  it('of this computer include loopback', () => {
    expect(localInterfaces(['127.0.0.1'])).toMatchObject([{ broadcast: '127.255.255.255', loopback: true }]);
  });
});

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['192.168.1.77/24', '192.168.1.0', '192.168.2.0'],
    ['200.1.2.3', '200.1.2.3', '200.1.2.4'],
    ['172.16.0.0/12', '172.31.0.1', '172.32.0.1'],
  ])('%s holds %s but not %s', (network, inside, outside) => {
    expect(isIn(parseAddress(inside) as number, parseNetwork(network))).toBe(true);
    expect(isIn(parseAddress(outside) as number, parseNetwork(network))).toBe(false);
  });

  it('of no bits holds every address', () => {
    for (const address of ['0.0.0.0', '255.255.255.255']) {
      expect(isIn(parseAddress(address) as number, parseNetwork('0.0.0.0/0'))).toBe(true);
    }
  });

  it.each(['', '10.0.0.0/33', '10.0.0/8', '256.0.0.1', '10.0.0.0/8/8', '::1', '10.0.0.0/', '1e1.0.0.0'])(
    '%j is refused',
    (text) => expect(() => parseNetwork(text)).toThrow(SyncError),
  );

  it('print addresses as they were read', () => {
    for (const text of ['0.0.0.0', '127.0.0.1', '255.255.255.255']) {
      expect(formatAddress(parseAddress(text) as number)).toBe(text);
    }
  });
});

describe('--peer', () => {
  it.each([
    ['nas', 'nas', 22327],
    ['nas.local:4000', 'nas.local', 4000],
    ['10.0.0.1:1', '10.0.0.1', 1],
  ])('%s is a host and a port', (text, host, port) => expect(parseHostPort(text, 22327)).toEqual({ host, port }));

  it.each(['', ':22', 'nas:', 'nas:0', 'nas:65536', 'nas:22x', '[::1]:22', '::1', 'a b', 'http://nas'])(
    '%j is refused',
    (text) => expect(() => parseHostPort(text, 22327)).toThrow(SyncError),
  );
});
