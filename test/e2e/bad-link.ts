/**
 * A bad link: forwards datagrams and connections to a listener from another address of loopback, and cuts, stalls or
 * loses them as it is told. The port is the listener's own, because its reply to a probe names it.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';

export interface Fault {
  /** Bytes that get through in one direction before it happens; counted over all connections. */
  readonly after: number;
  /** `up`: from the initiator to the listener. */
  readonly direction: 'up' | 'down';
  /** `reset`: both ends get a RST. `stall`: nothing moves any more. `half-open`: the initiator's end is closed, the listener's is left. */
  readonly how: 'reset' | 'stall' | 'half-open';
}

export interface BadLink {
  /** For `--peer`. */
  readonly peer: string;
  /** What happens to the connections that follow; undefined: nothing bad. */
  fault: Fault | undefined;
  /** Probes that are lost before one gets through. */
  probesLost: number;
  /** Bytes that got through. */
  readonly passed: { up: number; down: number };
}

const HOST = '127.0.0.2';

/** A link to the listener at that port of 127.0.0.1, without faults at first. */
export async function badLink(port: number): Promise<BadLink> {
  const link: BadLink = { peer: `${HOST}:${port}`, fault: undefined, probesLost: 0, passed: { up: 0, down: 0 } };
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {});
    }
    forward(link, 'up', near, far);
    forward(link, 'down', far, near);
  });
  const closeProbes = await forwardProbes(link, port);
  server.listen(port, HOST);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    closeProbes();
  });
  return link;
}

function forward(link: BadLink, direction: 'up' | 'down', from: net.Socket, to: net.Socket): void {
  from.on('data', (bytes) => {
    const { fault } = link;
    const left = fault?.direction === direction ? fault.after - link.passed[direction] : Number.POSITIVE_INFINITY;
    const passing = bytes.subarray(0, Math.max(0, left));
    link.passed[direction] += passing.length;
    if (passing.length > 0 && !to.write(passing)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    if (fault !== undefined && passing.length < bytes.length) strike(fault, direction, from, to);
  });
  from.on('end', () => to.end());
  from.on('close', () => {
    if (link.fault === undefined) to.destroy();
  });
}

function strike({ how }: Fault, direction: 'up' | 'down', from: net.Socket, to: net.Socket): void {
  const [near, far] = direction === 'up' ? [from, to] : [to, from];
  switch (how) {
    case 'reset':
      near.resetAndDestroy();
      far.resetAndDestroy();
      return;
    case 'stall':
      for (const socket of [near, far]) socket.removeAllListeners('data').pause();
      return;
    case 'half-open':
      far.removeAllListeners('data').removeAllListeners('end').pause();
      near.removeAllListeners('close').destroy();
  }
}

/** Datagrams, each initiator's socket through one of its own, so that replies find back. */
async function forwardProbes(link: BadLink, port: number): Promise<() => void> {
  const near = dgram.createSocket('udp4');
  const fars = new Map<string, dgram.Socket>();
  near.on('message', (datagram, { address, port: source }) => {
    if (link.probesLost > 0) {
      link.probesLost--;
      return;
    }
    const key = `${address}:${source}`;
    let far = fars.get(key);
    if (far === undefined) {
      far = dgram.createSocket('udp4').on('message', (reply) => near.send(reply, source, address));
      fars.set(key, far);
    }
    far.send(datagram, port, '127.0.0.1');
  });
  near.bind(port, HOST);
  await once(near, 'listening');
  return () => {
    near.close();
    for (const far of fars.values()) far.close();
  };
}
