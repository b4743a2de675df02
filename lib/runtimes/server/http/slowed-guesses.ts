/**
 * A source that sends one wrong token after another waits for each further refusal. A right token never waits, so
 * nobody is locked out by others at the same address.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Wrong tokens of a source that are refused at once, and one more for each `FORGOTTEN_MILLISECONDS` that pass. */
const FREE = 20;
const FORGOTTEN_MILLISECONDS = 3_000;
const WAIT_MILLISECONDS = 1_000;
/** Sources that are remembered. An attacker with more addresses than this is not slowed. */
const MOST_SOURCES = 10_000;
/**
 * Refusals of all sources that may wait at once; further ones are refused right away, since each holds a connection.
 */
const MOST_WAITING = 200;

export class SlowedGuesses {
  /** When all counted wrong tokens of a source are forgotten, by source. */
  readonly #until = new Map<string, number>();
  #waiting = 0;

  /** Counts a wrong token. @returns how many milliseconds its refusal must wait */
  count(source: string, now: number): number {
    const counted = Math.max(now, this.#until.get(source) ?? now) + FORGOTTEN_MILLISECONDS;
    // Removed first and added at the end, so that the oldest come first.
    this.#until.delete(source);
    const [oldest] = this.#until.keys();
    if (this.#until.size >= MOST_SOURCES && oldest !== undefined) this.#until.delete(oldest);
    const most = now + 2 * FREE * FORGOTTEN_MILLISECONDS;
    this.#until.set(source, Math.min(counted, most));
    return counted - now > FREE * FORGOTTEN_MILLISECONDS ? WAIT_MILLISECONDS : 0;
  }

  /** Counts a wrong token, and waits as long as its refusal must wait. */
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
