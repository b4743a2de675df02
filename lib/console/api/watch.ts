/**
 * Keeps the status of the installation up to date: one request waits at the server for the next change. A browser opens
 * at most six connections to a server that speaks HTTP/1.1, for all its tabs together. So one tab leads: it asks, and
 * tells the others. A hidden tab asks for nothing, and another one takes the lead.
 */

import { asProblem, Problem } from '../../client/problem.ts';
import { getChangedStatus, type Status } from './calls.ts';
import { backOff, jittered } from './pauses.ts';

/** What the page knows of the status, or why it knows nothing. */
export interface Told {
  readonly status: Status | undefined;
  readonly problem: Problem | undefined;
  /** Whether the server answers as soon as something changes. */
  readonly atOnce: boolean;
}

/** What the leading tab tells the other tabs. */
interface Message extends Pick<Told, 'status' | 'atOnce'> {
  /** The id of the person or token whose session it is. */
  readonly whose: string;
  readonly unreachable: boolean;
}

/** A proxy may cut a connection that is silent for long. Then the page asks the server to wait shorter, or not at all. */
const LONGEST_WAIT_SECONDS = 25;
const SHORTEST_WAIT_SECONDS = 2;
/** How long an answer may be late before the page gives it up. */
const LATE_SECONDS = 15;

/** The pauses between requests to a server that does not wait. */
const BUSY_MILLISECONDS = 1_500;
const IDLE_MILLISECONDS = 5_000;

/**
 * The name that all tabs of this page share. Another installation behind the same proxy has another path, and so another
 * name.
 */
const sharedName = (): string => `holdfast live ${new URL('../', document.baseURI).pathname}`;

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = window.setTimeout(resolve, jittered(milliseconds));
    const wake = (): void => {
      window.clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', wake, { once: true });
  });

/** Watches the status for this tab, until it is ended. */
export class StatusWatch {
  /** Whose session this tab is in. In another tab, somebody else may have signed in. */
  readonly #whose: string;
  readonly #tell: (told: Told) => void;
  readonly #tabs = new BroadcastChannel(sharedName());
  #known: Told = { status: undefined, problem: undefined, atOnce: false };
  #tag: string | undefined;
  /** Ends what this tab is asking for; undefined while the tab is hidden. */
  #looking: AbortController | undefined;
  /** The number of requests that were begun, and the number of the newest one that was answered. */
  #begun = 0;
  #newest = 0;

  constructor(whose: string, tell: (told: Told) => void) {
    this.#whose = whose;
    this.#tell = tell;
    this.#tabs.onmessage = ({ data }) => this.#hear(data);
    document.addEventListener('visibilitychange', this.#lookWhileShown);
    this.#lookWhileShown();
  }

  /** Asks at once, because something was just begun here. */
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
    // An Error loses its own fields when it is sent to another tab. So only the one that matters is sent.
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
    // #look throws only when its signal ends it.
    if (this.#looking !== undefined) void this.#look(this.#looking.signal).catch(() => undefined);
  };

  async #look(signal: AbortSignal): Promise<void> {
    // This request finds out what happened while the tab was hidden. After it, the leading tab tells what changes.
    await this.#ask(0, signal, this.#learn).catch((thrown: unknown) => {
      if (!signal.aborted) this.#learn({ problem: asProblem(thrown) });
    });
    if (signal.aborted || this.#known.problem?.isOfNobody) return;
    // Without https the browser has no locks. Then every tab asks for itself, and no request waits.
    if (navigator.locks === undefined) return this.#lead(signal, 0);
    await navigator.locks.request(sharedName(), { signal }, () => this.#lead(signal, LONGEST_WAIT_SECONDS));
  }

  /** Asks again and again, and tells all tabs. */
  async #lead(signal: AbortSignal, longest: number): Promise<void> {
    let seconds = longest;
    let failures = 0;
    /**
     * After how many seconds a waiting request was cut off. The next request does not wait; if it succeeds, the wait was
     * the cause.
     */
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
        // A server that stopped waiting is about to shut down, or has too many waiting requests: ask again soon.
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

  /** @returns whether the server waits for changes, as this request asked it to */
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
    // A later request was answered first. What this answer says may be outdated.
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

/** A wait that is shorter than the one that was cut; 0: no wait at all. */
const shorter = (seconds: number, cutAfter: number): number => {
  const next = Math.floor(Math.min(seconds, cutAfter * 0.8));
  return next < SHORTEST_WAIT_SECONDS ? 0 : next;
};
