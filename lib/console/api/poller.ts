/**
 * Asks the API for something again and again: when the tab hears of a change, and otherwise after a pause. Asking works
 * on both hosts, although an HTTP API of AWS streams nothing and no function there waits. It continues by itself after a
 * restart of the server, and a hidden tab asks for nothing.
 */

import { asProblem, type Problem } from '../../client/problem.ts';
import { type Heard, hearsAtOnce, whenHeard } from './heard.ts';
import { backOff, jittered } from './pauses.ts';

/** A screen that asks at least so often shows the running operation, and hears of each of its steps. */
const RUNNING_MILLISECONDS = 2_000;
/**
 * The shortest pauses where the tab hears of all changes. It still asks, because some things change only with the time.
 */
const QUIET_MILLISECONDS = { running: 5_000, lists: 30_000 } as const;
/** The shortest time between two readings of a list, however much changes. */
const SOONEST_LIST_MILLISECONDS = 2_000;

const showsRunning = (every: number): boolean => every <= RUNNING_MILLISECONDS;

/** The pause until the next request, after one that was answered. */
const pauseOf = (every: number): number =>
  hearsAtOnce() ? Math.max(every, QUIET_MILLISECONDS[showsRunning(every) ? 'running' : 'lists']) : every;

export interface PollerOptions<T> {
  readonly load: (signal: AbortSignal) => Promise<T>;
  /** How many milliseconds after this answer the next request follows; undefined: none follows. */
  readonly every: (value: T | undefined) => number | undefined;
  readonly onValue: (value: T) => void;
  readonly onProblem: (problem: Problem) => void;
}

export class Poller<T> {
  readonly #options: PollerOptions<T>;
  readonly #ended = new AbortController();
  readonly #deafen: () => void;
  #timer: number | undefined;
  #value: T | undefined;
  #failures = 0;
  /** The API has refused the request, and would refuse it again. */
  #isRefused = false;
  #isLoading = false;
  #isAskedAgain = false;
  #loadedAt = 0;

  /** Sends the first request at once. */
  constructor(options: PollerOptions<T>) {
    this.#options = options;
    this.#deafen = whenHeard(this.#hear);
    document.addEventListener('visibilitychange', this.#pollWhenShown);
    void this.#poll();
  }

  end(): void {
    this.#ended.abort();
    this.#deafen();
    window.clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#pollWhenShown);
  }

  get #every(): number | undefined {
    return this.#options.every(this.#value);
  }

  readonly #poll = async (): Promise<void> => {
    if (document.hidden && this.#value !== undefined) return this.#plan();
    this.#isAskedAgain = this.#isLoading;
    if (this.#isLoading) return;
    [this.#isLoading, this.#loadedAt] = [true, performance.now()];
    try {
      await this.#load();
    } finally {
      this.#isLoading = false;
    }
    if (this.#ended.signal.aborted || this.#isRefused) return;
    if (this.#isAskedAgain && this.#failures === 0) this.#pollSoon();
    else this.#plan();
  };

  async #load(): Promise<void> {
    const { signal } = this.#ended;
    try {
      this.#value = await this.#options.load(signal);
      [this.#failures, this.#isRefused] = [0, false];
      if (!signal.aborted) this.#options.onValue(this.#value);
    } catch (thrown) {
      if (signal.aborted) return;
      const problem = asProblem(thrown);
      this.#failures += 1;
      this.#isRefused = !problem.isPassing;
      this.#options.onProblem(problem);
    }
  }

  #pollAfter(milliseconds: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#poll, milliseconds);
  }

  #plan(): void {
    const every = this.#every;
    if (this.#failures > 0) this.#pollAfter(jittered(backOff(this.#failures, every)));
    else if (every !== undefined) this.#pollAfter(jittered(pauseOf(every)));
  }

  #pollSoon(): void {
    const every = this.#every;
    if (document.hidden || every === undefined || this.#isRefused) return;
    const since = performance.now() - this.#loadedAt;
    this.#pollAfter(showsRunning(every) ? 0 : Math.max(0, SOONEST_LIST_MILLISECONDS - since));
  }

  readonly #hear = (what: Heard): void => {
    const every = this.#every;
    if (every !== undefined && (what === 'records' || showsRunning(every))) this.#pollSoon();
  };

  readonly #pollWhenShown = (): void => {
    if (!document.hidden && this.#every !== undefined) this.#pollAfter(0);
  };
}
