/** Has folders converge in this process: listeners and the run over loopback, with their real scans and states. */
import { listen } from '../../src/converge/listen.js';
import { once } from '../../src/converge/once.js';
import { LISTEN_DEFAULTS, RUN_DEFAULTS } from '../../src/converge/run-options.js';
import { openFolder } from '../../src/group/open-folder.js';
import type { Emit, SyncEvent } from '../../src/model/event.js';
import type { Converge, Said } from './real-history.js';
import type { RealSite } from './real-site.js';

const INTERFACES = ['127.0.0.1'];
/** High, and apart for each process that runs tests. */
const PORT = 44_000 + (process.pid % 500) * 32;

export const convergeHere: Converge = (...args) => convergeWatched(() => {}, ...args);

/** `onEvent` is called with each event of the initiator as it comes. */
export async function convergeWatched(
  onEvent: (event: SyncEvent) => void,
  ...[[initiator, ...others], { deletes, conflict }, [, ...consents]]: Parameters<Converge>
): Promise<Said> {
  const said: Said[number][] = [];
  const stop = new AbortController();
  const listeners = others.map((site, i) => startListener(site, consents[i] === true, stop.signal));
  try {
    const ports = await Promise.all(listeners.map(({ port }) => port));
    const { folder, env, exclude } = initiator as RealSite;
    const options = { ...RUN_DEFAULTS, delete: deletes, conflict, exclude, maxDelete: 100, fsync: false };
    const peers = ports.map((port) => `127.0.0.1:${port}`);
    const emit: Emit = (event) => {
      said.push({ ...event });
      onEvent(event);
    };
    const reaching = { peers, discover: false, minPeers: peers.length, interfaces: INTERFACES };
    const never = new AbortController().signal;
    const summary = await once(openFolder(folder, env), { ...options, ...reaching }, emit, never);
    return [...said, { type: 'summary', ...summary }];
  } finally {
    stop.abort();
    await Promise.all(listeners.map(({ ended }) => ended));
  }
}

function startListener({ folder, env, exclude }: RealSite, allowDelete: boolean, signal: AbortSignal) {
  let ended: Promise<void> = Promise.resolve();
  const port = new Promise<number>((resolve, reject) => {
    const emit: Emit = (event) => {
      if (event.type === 'ready') resolve(event.port);
    };
    const own = { interfaces: INTERFACES, port: PORT, allowDelete, exclude, maxDelete: 100, fsync: false };
    ended = listen([openFolder(folder, env)], { ...LISTEN_DEFAULTS, ...own }, emit, signal);
    ended.catch(reject);
  });
  return { port, ended };
}
