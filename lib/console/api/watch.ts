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

export interface Watch {
  /** Asks now: something was just begun here. */
  readonly now: () => void;
  readonly end: () => void;
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

/** @param whose Of whom a tab is told: somebody else may have signed in by now in another. */
export const watchStatus = (whose: string, tell: (told: Told) => void): Watch => {
  const tabs = new BroadcastChannel(sharedName());
  let known: Told = { status: undefined, problem: undefined, atOnce: false };
  let tag: string | undefined;
  let looking: AbortController | undefined;

  const learn = (told: Partial<Told>): void => {
    known = { ...known, ...told };
    tell(known);
  };
  const learnForAll = (told: Partial<Told>): void => {
    learn(told);
    const { status, problem, atOnce } = known;
    // An error loses its fields on the way to another tab.
    tabs.postMessage({ whose, status, atOnce, unreachable: problem?.isPassing === true });
  };
  tabs.onmessage = ({ data }) => {
    if (looking === undefined || data.whose !== whose) return;
    learn({
      ...{ status: data.status, atOnce: data.atOnce },
      problem: data.unreachable ? new Problem(0, 'unreachable', '') : undefined,
    });
  };

  let begun = 0;
  let newest = 0;
  /** @returns whether the server waits for the next change, as it was asked to */
  const ask = async (
    waitSeconds: number,
    signal: AbortSignal,
    learned: (told: Partial<Told>) => void,
  ): Promise<boolean> => {
    begun += 1;
    const own = begun;
    const late = AbortSignal.timeout((waitSeconds + LATE_SECONDS) * 1000);
    const { value, waits, ...answer } = await getChangedStatus(
      { tag, waitSeconds },
      AbortSignal.any([signal, late]),
    );
    // One that was begun later came before: what this one says may be over.
    if (own < newest) return waits;
    newest = own;
    tag = answer.tag;
    learned({
      problem: undefined,
      ...(value !== undefined && { status: value }),
      ...(waitSeconds > 0 && { atOnce: waits }),
    });
    return waits;
  };

  const lead = async (signal: AbortSignal, longest: number): Promise<void> => {
    let seconds = longest;
    let failures = 0;
    /** After how long a waiting request came to nothing; whether that was for the wait, the next one shows. */
    let cutAfter: number | undefined;
    while (!signal.aborted) {
      const began = performance.now();
      const waitedBefore = known.atOnce;
      const isCheck = cutAfter !== undefined || failures > 0;
      try {
        const waits = await ask(isCheck ? 0 : seconds, signal, learnForAll);
        failures = 0;
        if (cutAfter !== undefined) seconds = shorter(seconds, cutAfter);
        cutAfter = undefined;
        if (waits || (isCheck && seconds > 0)) continue;
        // One that does not wait any more is about to stop, or has no place for now.
        const isSoon = waitedBefore || known.status?.state === 'BUSY';
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
        learnForAll({ problem, atOnce: false });
        await pause(backOff(failures), signal);
      }
    }
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    // What happened while nobody looked; the tab that leads tells of all that follows.
    await ask(0, signal, learn).catch((thrown: unknown) => {
      if (!signal.aborted) learn({ problem: asProblem(thrown) });
    });
    if (signal.aborted || known.problem?.isOfNobody) return;
    // Without https browsers have no locks: then every tab asks for itself, and none keeps a connection.
    if (navigator.locks === undefined) return lead(signal, 0);
    await navigator.locks.request(sharedName(), { signal }, () => lead(signal, LONGEST_WAIT_SECONDS));
  };

  const lookWhileShown = (): void => {
    looking?.abort();
    looking = document.hidden ? undefined : new AbortController();
    // It throws where it is no longer wanted, and nothing else.
    if (looking !== undefined) void look(looking.signal).catch(() => undefined);
  };
  document.addEventListener('visibilitychange', lookWhileShown);
  lookWhileShown();
  return {
    now: () => {
      const signal = looking?.signal;
      if (signal !== undefined) void ask(0, signal, learn).catch(() => undefined);
    },
    end: () => {
      document.removeEventListener('visibilitychange', lookWhileShown);
      looking?.abort();
      looking = undefined;
      tabs.close();
    },
  };
};

/** Below what was cut; zero: no wait at all. */
const shorter = (seconds: number, cutAfter: number): number => {
  const next = Math.floor(Math.min(seconds, cutAfter * 0.8));
  return next < SHORTEST_WAIT_SECONDS ? 0 : next;
};
