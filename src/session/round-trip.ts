/** How long a listener's network takes to answer: the time of a TCP connection, which its kernel accepts by itself. */
import net from 'node:net';

/** Connections tried, one after the other; the quickest counts, because what is slow is this computer or a lost packet. */
const TRIES = 3;

/** Milliseconds; undefined if nothing accepts a connection there within `timeout` milliseconds. */
export async function roundTrip(host: string, port: number, timeout: number): Promise<number | undefined> {
  let least: number | undefined;
  for (let i = 0; i < TRIES; i++) {
    const took = await connectTime(host, port, timeout);
    if (took === undefined) return least;
    least = Math.min(took, least ?? took);
  }
  return least;
}

function connectTime(host: string, port: number, timeout: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const started = performance.now();
    const socket = net.connect({ host, port });
    const end = (result: number | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeout, () => end(undefined));
    socket.once('connect', () => end(performance.now() - started));
    socket.once('error', () => end(undefined));
  });
}
