/**
 * A bad link: forwards datagrams and connections to a listener from another address of loopback, and cuts, stalls or
 * loses them as it is told. The port is the listener's own, because its reply to a probe names it.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';

export interface Fault {
  /** What gets through in one direction before it happens; counted over all connections. */
  readonly after: number;
  /** What that counts. A record of TLS holds one frame of the protocol or a few small ones: after each, another state is cut. */
  readonly unit?: 'bytes' | 'records';
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
  /** Whole records of TLS that did. */
  readonly records: { up: number; down: number };
}

const HOST = '127.0.0.2';

/** A link to the listener at that port of 127.0.0.1, without faults at first. */
export async function badLink(port: number): Promise<BadLink> {
  const link: BadLink = {
    peer: `${HOST}:${port}`,
    fault: undefined,
    probesLost: 0,
    passed: { up: 0, down: 0 },
    records: { up: 0, down: 0 },
  };
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
  const records = new Records();
  from.on('data', (bytes) => {
    const { fault } = link;
    const isHere = fault?.direction === direction;
    const byRecords = fault?.unit === 'records';
    const recordsLeft = isHere && byRecords ? fault.after - link.records[direction] : Number.POSITIVE_INFINITY;
    const bytesLeft = isHere && !byRecords ? fault.after - link.passed[direction] : Number.POSITIVE_INFINITY;
    const { end, whole } = records.pass(bytes, recordsLeft);
    const passing = bytes.subarray(0, Math.max(0, Math.min(end, bytesLeft)));
    link.passed[direction] += passing.length;
    link.records[direction] += whole;
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

/** Where the records of one direction of a connection end: five bytes of header, of which the last two are the length. */
class Records {
  readonly #header: number[] = [];
  /** Bytes of the record under way that are to come. */
  #left = 0;

  /** Up to which of the bytes at most `count` records end, and how many do. */
  pass(bytes: Uint8Array, count: number): { readonly end: number; readonly whole: number } {
    let whole = 0;
    let end = 0;
    while (end < bytes.length && whole < count) {
      if (this.#header.length < 5) {
        this.#header.push(bytes[end++] as number);
        if (this.#header.length === 5) this.#left = 256 * (this.#header[3] as number) + (this.#header[4] as number);
      } else {
        const step = Math.min(this.#left, bytes.length - end);
        this.#left -= step;
        end += step;
      }
      if (this.#header.length === 5 && this.#left === 0) {
        whole++;
        this.#header.length = 0;
      }
    }
    return { end, whole };
  }
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
