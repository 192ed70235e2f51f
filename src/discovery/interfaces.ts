/**
 * The IPv4 interfaces of this computer that are up, each with where its broadcasts go. IPv6 has no
 * broadcast and is not used (docs/PROTOCOL.md [ask]).
 */
import os from 'node:os';
import { SyncError } from '../model/sync-error.js';
import { broadcastOf, formatAddress, type Network, networkOf, parseAddress } from './network.js';

export interface Interface {
  readonly name: string;
  readonly address: string;
  readonly network: Network;
  /** The directed broadcast; undefined for point-to-point interfaces. */
  readonly broadcast: string | undefined;
  readonly loopback: boolean;
}

type Listing = NodeJS.Dict<readonly Pick<os.NetworkInterfaceInfo, 'address' | 'netmask' | 'family' | 'internal'>[]>;

/**
 * All interfaces, or those with the names or addresses in `chosen`; throws `usage` for one that is not there.
 * An interface with several addresses is listed once for each.
 */
export function localInterfaces(
  chosen: readonly string[] = [],
  list: () => Listing = os.networkInterfaces,
): Interface[] {
  const all = everyInterface(list());
  if (chosen.length === 0) return all;
  for (const wanted of chosen) {
    if (!all.some((item) => isCalled(item, wanted))) throw missing(wanted, all);
  }
  return all.filter((item) => chosen.some((wanted) => isCalled(item, wanted)));
}

function everyInterface(listing: Listing): Interface[] {
  const found: Interface[] = [];
  for (const [name, addresses = []] of Object.entries(listing)) {
    for (const { address, netmask, family, internal } of addresses) {
      const number = parseAddress(address);
      const mask = parseAddress(netmask);
      if (family !== 'IPv4' || number === undefined || mask === undefined) continue;
      const network = networkOf(number, mask);
      const broadcast = broadcastOf(network);
      found.push({
        name,
        address,
        network,
        broadcast: broadcast === undefined ? undefined : formatAddress(broadcast),
        loopback: internal,
      });
    }
  }
  return found;
}

function isCalled(item: Interface, wanted: string): boolean {
  return item.name === wanted || item.address === wanted;
}

function missing(wanted: string, all: readonly Interface[]): SyncError {
  const known = all.map(({ name, address }) => `${name} (${address})`).join(', ');
  return new SyncError('usage', `no interface that is up has the name or IPv4 address ${wanted}; there are: ${known}`);
}
