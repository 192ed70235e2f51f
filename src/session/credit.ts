/**
 * Credit for what the other end may send (docs/PROTOCOL.md [credit]). Each channel has a window: what is held
 * unread plus what the peer may still send never exceeds it. Windows grow from a shared pool when the peer says
 * that it is blocked. When the pool is used up, a frame larger than its window borrows from a reserve, but only
 * while a reader waits for it, so that channels which nobody reads cannot starve the others. All windows together
 * stay within the session's budget.
 */
import { SyncError } from '../model/sync-error.js';
import { PREFIX_BYTES } from '../wire/frame.js';
import { CHARGE_MAX, FRAME_COST, POOL, WINDOW_BASE, WINDOW_MAX } from './session-limits.js';

/** What a frame takes of the credit: all its bytes and the cost of the objects around it. */
export function chargeOf(header: number, payload: number): number {
  return PREFIX_BYTES + header + payload + FRAME_COST;
}

/** What the windows of one session share. */
export class CreditPool {
  #free = POOL;
  #reserve = CHARGE_MAX;
  readonly #borrowers: { readonly window: ReceiveWindow; readonly amount: number }[] = [];

  /** What growth from `window` to at least `need` may take: the need as far as it goes, and of the rest a half. */
  grow(window: number, need: number): number {
    const must = Math.min(this.#free, Math.max(0, need - window));
    const may = Math.min(
      Math.floor((this.#free - must) / 2),
      Math.max(0, Math.min(window, WINDOW_MAX - window - must)),
    );
    this.#free -= must + may;
    return must + may;
  }

  restore(amount: number): void {
    this.#free += amount;
  }

  /** Lends as soon as the reserve has the amount; in the order of asking. */
  borrow(window: ReceiveWindow, amount: number): void {
    this.#borrowers.push({ window, amount });
    this.#lend();
  }

  repay(amount: number): void {
    this.#reserve += amount;
    this.#lend();
  }

  forget(window: ReceiveWindow): void {
    const at = this.#borrowers.findIndex((borrower) => borrower.window === window);
    if (at >= 0) this.#borrowers.splice(at, 1);
    this.#lend();
  }

  #lend(): void {
    for (let next = this.#borrowers[0]; next !== undefined && next.amount <= this.#reserve; next = this.#borrowers[0]) {
      this.#borrowers.shift();
      this.#reserve -= next.amount;
      if (!next.window.lend(next.amount)) this.#reserve += next.amount;
    }
  }
}

/** The receiving side of one channel. `grant` is called with credit to give to the peer. */
export class ReceiveWindow {
  readonly #pool: CreditPool;
  readonly #grant: (amount: number) => void;
  #size = WINDOW_BASE;
  #loan = 0;
  #waitsForLoan = false;
  /** Credit that the peer has and did not use. */
  #outstanding = WINDOW_BASE;
  /** Charge of frames that arrived and were not read. */
  #held = 0;
  /** Charge of the frame that the peer is blocked on; 0: none. */
  #need = 0;
  /** Whether somebody waits for the next frame. */
  #wanted = false;
  #released = false;

  constructor(pool: CreditPool, grant: (amount: number) => void) {
    this.#pool = pool;
    this.#grant = grant;
  }

  /** A frame came. Throws `protocol` if the peer had no credit for it. */
  arrive(charge: number): void {
    if (charge > this.#outstanding) {
      throw new SyncError('protocol', `a frame took ${charge} bytes of credit where ${this.#outstanding} were left`);
    }
    this.#outstanding -= charge;
    this.#held += charge;
  }

  /** A reader waits for the next frame. */
  want(): void {
    this.#wanted = true;
    this.#borrow();
  }

  /**
   * A frame goes to its reader; what it borrowed is paid back at once, since the reader may wait for another
   * channel before it lets go of this frame. Returns what is to be given to `consume` then.
   */
  take(charge: number): number {
    this.#wanted = false;
    // A loan for a frame that is still to come stays.
    const back = this.#need === 0 ? Math.min(this.#loan, charge) : 0;
    this.#loan -= back;
    this.#held -= back;
    if (back > 0) this.#pool.repay(back);
    return charge - back;
  }

  /** A frame was read and dropped. */
  consume(charge: number): void {
    this.#held -= charge;
    if (this.#released) this.#giveBack();
    else this.#settle();
  }

  /** The peer cannot send a frame of this charge. Throws `protocol` if no window could ever hold it. */
  blocked(need: number): void {
    if (need > CHARGE_MAX) throw new SyncError('protocol', `no frame takes ${need} bytes of credit`);
    if (this.#released || need <= this.#outstanding) return;
    this.#need = need;
    this.#size += this.#pool.grow(this.#size, need);
    this.#borrow();
    this.#settle();
  }

  /** Called by the pool. False: the amount does not help any more, because the reader or the need has changed. */
  lend(amount: number): boolean {
    this.#waitsForLoan = false;
    if (!this.#wanted || amount < this.#short || this.#short <= 0) {
      this.#borrow(); // all of it or nothing: two that each held a part would wait for one another
      return false;
    }
    this.#loan += amount;
    this.#settle();
    return true;
  }

  /** No more frames will come; what is held goes back to the pool as it is read. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#outstanding = 0;
    this.#pool.forget(this);
    this.#giveBack();
  }

  /** What the frame that the peer is blocked on takes beyond the window. */
  get #short(): number {
    return this.#need - this.#size - this.#loan;
  }

  #borrow(): void {
    if (this.#short <= 0 || !this.#wanted || this.#waitsForLoan || this.#released) return;
    this.#waitsForLoan = true;
    this.#pool.borrow(this, this.#short);
  }

  #settle(): void {
    let free = this.#size + this.#loan - this.#outstanding - this.#held;
    if (this.#need === 0 && this.#loan > 0) {
      const back = Math.min(this.#loan, free);
      this.#loan -= back;
      free -= back;
      this.#pool.repay(back);
    }
    // Small returns of credit would cost a frame each; a peer that is blocked gets all there is.
    if (free > 0 && (free >= this.#size / 2 || this.#need > this.#outstanding)) {
      this.#outstanding += free;
      this.#grant(free);
    }
    if (this.#outstanding >= this.#need) this.#need = 0;
  }

  /** After the release: keeps no more than what frames not yet read still hold. */
  #giveBack(): void {
    const extra = Math.min(this.#size - WINDOW_BASE, Math.max(0, this.#size + this.#loan - this.#held));
    this.#size -= extra;
    this.#pool.restore(extra);
    const back = Math.min(this.#loan, Math.max(0, this.#size + this.#loan - this.#held));
    this.#loan -= back;
    if (back > 0) this.#pool.repay(back);
  }
}
