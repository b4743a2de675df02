/** Lets long work on a shared thread pause now and then, so that others get their turn. */
import { setImmediate } from 'node:timers/promises';

/** Longest time that a caller waits for a piece of work to end: little beside the time of its own answer. */
const TURN_MILLISECONDS = 8;
/** Steps between two looks at the clock: reading it costs more than most steps. */
const STEPS_PER_LOOK = 32;

export class Turns {
  #since = performance.now();
  #steps = 0;

  /** Whether it is time for `pause`. Check it after each small step. */
  get due(): boolean {
    this.#steps += 1;
    if (this.#steps % STEPS_PER_LOOK !== 0) return false;
    return performance.now() - this.#since >= TURN_MILLISECONDS;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }

  /** Pauses when it is time. For steps that are large enough for an `await`. */
  async step(): Promise<void> {
    if (performance.now() - this.#since >= TURN_MILLISECONDS) await this.pause();
  }
}
