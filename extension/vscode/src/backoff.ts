const FIRST_S = 1;
const LONGEST_S = 30;
const FORGOTTEN_AFTER_S = 180;
const MOST = 5;

/** How long to wait before a server that crashed is started again. */
export class Backoff {
  private crashes: number[] = [];

  /** Seconds to wait after a crash at `now` (in seconds); undefined: give up. */
  crashed(now: number): number | undefined {
    this.crashes = [...this.crashes.filter((then) => now - then < FORGOTTEN_AFTER_S), now];
    const count = this.crashes.length;
    return count > MOST ? undefined : Math.min(FIRST_S * 2 ** (count - 1), LONGEST_S);
  }
}
