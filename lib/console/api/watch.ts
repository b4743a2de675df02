/**
 * What runs, as soon as it is otherwise: one request waits at the server for the next change. A browser has six connections
 * to a server that speaks HTTP/1.1, for all its tabs together: so one tab asks, and tells the others. A hidden tab asks for
 * nothing, and another takes its place.
 */

import { asProblem, Problem } from '../../client/problem.ts';
import { getChangedStatus, type Status } from './calls.ts';
import { backOff, uneven } from './pauses.ts';

/** How things are: what is known, or why it is not. */
export interface Told {
  readonly status: Status | undefined;
  readonly problem: Problem | undefined;
  /** Whether the server answers at the next change. */
  readonly atOnce: boolean;
}

/** What the tab that leads tells the others. */
interface Message extends Pick<Told, 'status' | 'atOnce'> {
  /** Whose session it is. */
  readonly whose: string;
  readonly unreachable: boolean;
}

/** A proxy may cut what is silent for long: then it is asked for shorter times, or not to wait at all. */
const LONGEST_WAIT_SECONDS = 25;
const SHORTEST_WAIT_SECONDS = 2;
/** So much later than it should an answer is no longer waited for. */
const LATE_SECONDS = 15;

/** Of a server that does not wait. */
const BUSY_MILLISECONDS = 1_500;
const IDLE_MILLISECONDS = 5_000;

/** Of all tabs of this page, and of no other installation that a proxy puts beside it. */
const sharedName = (): string => `holdfast live ${new URL('../', document.baseURI).pathname}`;

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = window.setTimeout(resolve, uneven(milliseconds));
    const wake = (): void => {
      window.clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', wake, { once: true });
  });

/** What this tab knows of the status, for as long as it watches. */
export class StatusWatch {
  /** Whom this tab tells: in another tab, somebody else may have signed in by now. */
  readonly #whose: string;
  readonly #tell: (told: Told) => void;
  readonly #tabs = new BroadcastChannel(sharedName());
  #known: Told = { status: undefined, problem: undefined, atOnce: false };
  #tag: string | undefined;
  /** Undefined while the tab is hidden. */
  #looking: AbortController | undefined;
  /** How many requests were begun, and which of the answered ones was begun last. */
  #begun = 0;
  #newest = 0;

  constructor(whose: string, tell: (told: Told) => void) {
    this.#whose = whose;
    this.#tell = tell;
    this.#tabs.onmessage = ({ data }) => this.#hear(data);
    document.addEventListener('visibilitychange', this.#lookWhileShown);
    this.#lookWhileShown();
  }

  /** Asks now, because something was just begun here. */
  now(): void {
    const signal = this.#looking?.signal;
    if (signal !== undefined) void this.#ask(0, signal, this.#learn).catch(() => undefined);
  }

  end(): void {
    document.removeEventListener('visibilitychange', this.#lookWhileShown);
    this.#looking?.abort();
    this.#looking = undefined;
    this.#tabs.close();
  }

  readonly #learn = (told: Partial<Told>): void => {
    this.#known = { ...this.#known, ...told };
    this.#tell(this.#known);
  };

  readonly #learnForAll = (told: Partial<Told>): void => {
    this.#learn(told);
    const { status, problem, atOnce } = this.#known;
    // An error loses its fields on the way to another tab.
    const unreachable = problem?.isPassing === true;
    this.#tabs.postMessage({ whose: this.#whose, status, atOnce, unreachable } satisfies Message);
  };

  #hear({ whose, status, atOnce, unreachable }: Message): void {
    if (this.#looking === undefined || whose !== this.#whose) return;
    const problem = unreachable ? new Problem(0, 'unreachable', '') : undefined;
    this.#learn({ status, atOnce, problem });
  }

  readonly #lookWhileShown = (): void => {
    this.#looking?.abort();
    this.#looking = document.hidden ? undefined : new AbortController();
    // Looking fails only when it is ended.
    if (this.#looking !== undefined) void this.#look(this.#looking.signal).catch(() => undefined);
  };

  async #look(signal: AbortSignal): Promise<void> {
    // This tells what happened while nobody looked; of all that follows, the tab that leads tells.
    await this.#ask(0, signal, this.#learn).catch((thrown: unknown) => {
      if (!signal.aborted) this.#learn({ problem: asProblem(thrown) });
    });
    if (signal.aborted || this.#known.problem?.isOfNobody) return;
    // Without https browsers have no locks: then every tab asks for itself, and none keeps a connection.
    if (navigator.locks === undefined) return this.#lead(signal, 0);
    await navigator.locks.request(sharedName(), { signal }, () => this.#lead(signal, LONGEST_WAIT_SECONDS));
  }

  /** Asks again and again, for all tabs. */
  async #lead(signal: AbortSignal, longest: number): Promise<void> {
    let seconds = longest;
    let failures = 0;
    /** After how long a waiting request was cut off. The next request, which does not wait, shows whether the wait was why. */
    let cutAfter: number | undefined;
    while (!signal.aborted) {
      const began = performance.now();
      const waitedBefore = this.#known.atOnce;
      const isCheck = cutAfter !== undefined || failures > 0;
      try {
        const waits = await this.#ask(isCheck ? 0 : seconds, signal, this.#learnForAll);
        failures = 0;
        if (cutAfter !== undefined) seconds = shorter(seconds, cutAfter);
        cutAfter = undefined;
        if (waits || (isCheck && seconds > 0)) continue;
        // A server that no longer waits is about to stop, or has no place for now.
        const isSoon = waitedBefore || this.#known.status?.state === 'BUSY';
        await pause(isSoon ? BUSY_MILLISECONDS : IDLE_MILLISECONDS, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        const problem = asProblem(thrown);
        if (problem.isOfNobody) return;
        if (!isCheck && seconds > 0) {
          cutAfter = (performance.now() - began) / 1000;
          continue;
        }
        cutAfter = undefined;
        failures += 1;
        this.#learnForAll({ problem, atOnce: false });
        await pause(backOff(failures), signal);
      }
    }
  }

  /** @returns whether the server waits for the next change, as it was asked to */
  async #ask(
    waitSeconds: number,
    signal: AbortSignal,
    learn: (told: Partial<Told>) => void,
  ): Promise<boolean> {
    this.#begun += 1;
    const own = this.#begun;
    const late = AbortSignal.timeout((waitSeconds + LATE_SECONDS) * 1000);
    const { value, waits, tag } = await getChangedStatus(
      { tag: this.#tag, waitSeconds },
      AbortSignal.any([signal, late]),
    );
    // A request that was begun later was answered before: what this answer says may be over.
    if (own < this.#newest) return waits;
    this.#newest = own;
    this.#tag = tag;
    learn({
      problem: undefined,
      ...(value !== undefined && { status: value }),
      ...(waitSeconds > 0 && { atOnce: waits }),
    });
    return waits;
  }
}

/** Below what was cut; zero: no wait at all. */
const shorter = (seconds: number, cutAfter: number): number => {
  const next = Math.floor(Math.min(seconds, cutAfter * 0.8));
  return next < SHORTEST_WAIT_SECONDS ? 0 : next;
};
