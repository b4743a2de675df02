/** Long work on a thread that others wait for: it stops now and then, and lets them have their turn. */
import { setImmediate } from 'node:timers/promises';

/** So long a caller waits at most for a piece of work to end: little beside what its own answer takes. */
const TURN_MILLISECONDS = 8;
/** To ask for the time costs more than a step of most work does. */
const STEPS_PER_LOOK = 32;

export class Turns {
  #since = performance.now();
  #steps = 0;

  /** Whether it is time for `pause`. To be asked after each small step. */
  get due(): boolean {
    this.#steps += 1;
    if (this.#steps % STEPS_PER_LOOK !== 0) return false;
    return performance.now() - this.#since >= TURN_MILLISECONDS;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }

  /** `pause` when it is due. For steps that are worth an `await`. */
  async step(): Promise<void> {
    if (performance.now() - this.#since >= TURN_MILLISECONDS) await this.pause();
  }
}
