/**
 * Whoever sends one wrong token after another waits for each further refusal. A right token is never kept waiting, so nobody
 * is locked out by what others send from the same address.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** So many wrong tokens of a source are refused at once, and one more for each `FORGOTTEN_MILLISECONDS` that pass. */
const FREE = 20;
const FORGOTTEN_MILLISECONDS = 3_000;
const WAIT_MILLISECONDS = 1_000;
/** Sources that are remembered: whoever has more of them than this is not slowed by counting them. */
const MOST_SOURCES = 10_000;
/** Refusals that wait at once, of all sources: the rest is refused right away, since each holds a connection. */
const MOST_WAITING = 200;

export class SlowedGuesses {
  /** By source: when the wrong tokens that were counted are all forgotten. */
  readonly #until = new Map<string, number>();
  #waiting = 0;

  /** Counts a wrong token. @returns how many milliseconds its refusal is to wait */
  count(source: string, now: number): number {
    const counted = Math.max(now, this.#until.get(source) ?? now) + FORGOTTEN_MILLISECONDS;
    // Taken out first, so that the oldest stand at the beginning.
    this.#until.delete(source);
    const [oldest] = this.#until.keys();
    if (this.#until.size >= MOST_SOURCES && oldest !== undefined) this.#until.delete(oldest);
    const most = now + 2 * FREE * FORGOTTEN_MILLISECONDS;
    this.#until.set(source, Math.min(counted, most));
    return counted - now > FREE * FORGOTTEN_MILLISECONDS ? WAIT_MILLISECONDS : 0;
  }

  /** Counts a wrong token, and waits as long as its refusal is to wait. */
  async slow(source: string, now = performance.now()): Promise<void> {
    const milliseconds = this.count(source, now);
    if (milliseconds === 0 || this.#waiting >= MOST_WAITING) return;
    this.#waiting += 1;
    try {
      await pause(milliseconds);
    } finally {
      this.#waiting -= 1;
    }
  }
}
