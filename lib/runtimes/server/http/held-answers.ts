/**
 * Long polling: an answer "nothing is otherwise" is kept back until something is, or the time is over. Nothing is held
 * meanwhile but the connection, and each new answer is asked for as if the request came just then: who is not let in any
 * more by then is told so.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Changes } from '../../../ports/catalog/changes.ts';

export interface HeldAnswersOptions {
  /** Requests that wait at once; whoever comes beyond is answered right away. */
  readonly most?: number;
  readonly mostOfOne?: number;
}

/** Of a function: what counts of it here. */
interface Answered {
  readonly statusCode?: number | undefined;
  readonly headers?: object | undefined;
}

export interface Waiting {
  /** Whose places are counted together. */
  readonly whose: string;
  readonly seconds: number;
  /** Aborted when nobody is there any more to be answered. */
  readonly gone: AbortSignal;
}

const SAME = 304;
/** What happens together is told together, and nobody who asks again and again is answered more often than this. */
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

  /** Ends all waits, and begins no other. */
  end(): void {
    this.#ended.abort();
  }

  /**
   * @param ask Asked first, and again after each change.
   * @returns the first answer that is none of 304, or a 304 when the time is over; as it is, and at once, where all places
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

/** A refusal is the same with and without a wait. */
const isAnswer = ({ statusCode }: Answered): boolean => statusCode === SAME || statusCode === 200;

const heeded = <T extends Answered>(answer: T, seconds: number): T => ({
  ...answer,
  headers: { ...answer.headers, 'preference-applied': `wait=${seconds}` },
});
