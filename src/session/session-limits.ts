/** What one session may hold and how long it may last without progress (docs/PROTOCOL.md, "Limits"). */
import { FRAME_MAX } from '../wire/frame.js';

/** Channels that each end may have opened and not finished. */
export const CHANNELS_MAX = 64;
/**
 * Handlers of channels that the other end opened and that may still run: twice the channels, because a handler ends a
 * moment after its channel was aborted. A peer that opens and aborts without end would pile them up.
 */
export const HANDLERS_MAX = 2 * CHANNELS_MAX;
/** Bytes that the frames received and not yet read by their channels may hold in memory, by their charge. */
export const BUFFERED_MAX = 8 * 1024 * 1024;
/** Added to a frame's bytes when it is charged: what the objects around a tiny frame cost. */
export const FRAME_COST = 128;
/** Charge of the largest frame. */
export const CHARGE_MAX = 4 + FRAME_MAX + FRAME_COST;
/** Credit of each channel from its start; both ends' channels together take half of the budget. */
export const WINDOW_BASE = BUFFERED_MAX / 2 / (2 * CHANNELS_MAX);
/** Credit that one channel may grow to: enough for 1 GB/s at a round trip of 2 ms. */
export const WINDOW_MAX = 2 * 1024 * 1024;
/**
 * Shared by the channels that ask for more than the base. One largest frame is kept back, so that a frame larger
 * than its channel's window always passes, one at a time.
 */
export const POOL = BUFFERED_MAX - 2 * CHANNELS_MAX * WINDOW_BASE - CHARGE_MAX;

/** Bytes of aborts and the like that may wait for a peer that does not read. */
export const CONTROL_MAX = 256 * 1024;

/** Milliseconds without progress, by default. */
export const TIMEOUT = 30_000;
/** Milliseconds that a peer may be alive but silent about its work: it scans, or serves other peers. */
export const PATIENCE = 600_000;
/** Milliseconds between two looks at the deadlines, at most: how late one may be noticed. */
export const TICK_MAX = 1_000;
/** Milliseconds between signs of life, at most. */
export const PING_INTERVAL = 2_000;
/** Milliseconds from the first packet to a proved key, by default; a host that is off answers nothing at all. */
export const CONNECT_TIMEOUT = 5_000;
/** Milliseconds from a secure connection to the other end's hello. */
export const HELLO_TIMEOUT = 5_000;
/**
 * Milliseconds that a listening end's hello waits for what it is going to answer, to leave with it in one packet.
 * Below the 40 ms after which a system acknowledges on its own.
 */
export const HELLO_HOLD = 30;
/** Milliseconds that the answer to a goodbye waits for the end of the connection's other direction. */
export const ANSWER_HOLD = 20;
/** Milliseconds that a session waits for the other end's goodbye, and for the connection to close. */
export const CLOSE_TIMEOUT = 5_000;
/** Milliseconds to get the reason of a failure across before the connection is cut. */
export const LINGER = 500;
/** Milliseconds that a channel waits for somebody to serve it: a session is handed over before it serves. */
export const SERVE_GRACE = 2_000;
/** Bytes; a smaller piece of an unfinished frame is no progress, so that a trickle does not hold a session. */
export const PROGRESS_BYTES = 1_024;
