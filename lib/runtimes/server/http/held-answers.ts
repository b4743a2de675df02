/**
 * Long polling: an answer "nothing has changed" is kept back until something has, or the time is over. Meanwhile only
 * the connection is held, and each new answer is made as if the request came just then: a caller who lost the right to
 * ask is then refused.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Changes } from '../../../ports/catalog/changes.ts';

export interface HeldAnswersOptions {
  /** Requests that may wait at once; further ones are answered right away. */
  readonly most?: number;
  readonly mostOfOne?: number;
}

/** The parts of a function's answer that are used here. */
interface Answered {
  readonly statusCode?: number | undefined;
  readonly headers?: object | undefined;
}

export interface Waiting {
  /** The caller, whose waiting requests are counted together. */
  readonly whose: string;
  readonly seconds: number;
  /** Aborted when the client has closed the connection. */
  readonly gone: AbortSignal;
}

const SAME = 304;
/**
 * Changes within the first time are answered together, and a client that asks again and again is not answered more
 * often than the second.
 */
const SETTLING_MILLISECONDS = 50;
const SOONEST_MILLISECONDS = 500;

export class HeldAnswers {
  readonly #changes: Changes;
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #ended = new AbortController();
  readonly #places = new Map<string, number>();
  #taken = 0;

  constructor(changes: Changes, { most = 200, mostOfOne = 20 }: HeldAnswersOptions = {}) {
    this.#changes = changes;
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#taken;
  }

  /** Ends all waits, and lets no other begin. */
  end(): void {
    this.#ended.abort();
  }

  /**
   * @param ask Called first, and again after each change.
   * @returns the first answer other than 304, or 304 when the time is over; the first answer at once when all places
   * are taken
   */
  async hold<T extends Answered>({ whose, seconds, gone }: Waiting, ask: () => Promise<T>): Promise<T> {
    const soonest = performance.now() + SOONEST_MILLISECONDS;
    let { position } = this.#changes;
    let answer = await ask();
    if (!isAnswer(answer) || this.#ended.signal.aborted || gone.aborted || !this.#take(whose)) return answer;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), seconds * 1000);
    const end = AbortSignal.any([over.signal, gone, this.#ended.signal]);
    try {
      do {
        if (answer.statusCode === SAME) await this.#changes.after(position, end);
        await pauseUnless(end, Math.max(SETTLING_MILLISECONDS, soonest - performance.now()));
        if (gone.aborted) break;
        position = this.#changes.position;
        answer = await ask();
      } while (answer.statusCode === SAME && !end.aborted);
    } finally {
      clearTimeout(timer);
      this.#free(whose);
    }
    return isAnswer(answer) ? heeded(answer, seconds) : answer;
  }

  #take(whose: string): boolean {
    const own = this.#places.get(whose) ?? 0;
    if (this.#taken >= this.#most || own >= this.#mostOfOne) return false;
    this.#places.set(whose, own + 1);
    this.#taken += 1;
    return true;
  }

  #free(whose: string): void {
    const own = (this.#places.get(whose) ?? 0) - 1;
    if (own > 0) this.#places.set(whose, own);
    else this.#places.delete(whose);
    this.#taken -= 1;
  }
}

const pauseUnless = (end: AbortSignal, milliseconds: number): Promise<void> =>
  pause(milliseconds, undefined, { signal: end }).catch(() => undefined);

/** A refusal is the same with or without a wait. */
const isAnswer = ({ statusCode }: Answered): boolean => statusCode === SAME || statusCode === 200;

const heeded = <T extends Answered>(answer: T, seconds: number): T => ({
  ...answer,
  headers: { ...answer.headers, 'preference-applied': `wait=${seconds}` },
});
