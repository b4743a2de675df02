/**
 * The two ways in which a screen uses the API: useLive keeps what it shows up to date, useDoing runs what a person
 * begins.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, Problem } from '../../client/problem.ts';
import { Poller } from './poller.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

/**
 * Loads at first, again when one of `deps` changes, and again after a pause or after a change that the tab has heard of.
 * `every` says by the last answer how many milliseconds the pause has; undefined: it does not load again. After failures
 * the pause grows.
 */
export const useLive = <T>(
  load: (signal: AbortSignal) => Promise<T>,
  deps: readonly unknown[],
  every: (value: T | undefined) => number | undefined = () => undefined,
): Loaded<T> => {
  const [state, setState] = useState<{ value: T | undefined; problem: Problem | undefined }>({
    value: undefined,
    problem: undefined,
  });
  const [round, setRound] = useState(0);
  const latest = useRef({ load, every });
  latest.current = { load, every };
  // The caller names what the loading depends on.
  useEffect(() => {
    const poller = new Poller<T>({
      load: (signal) => latest.current.load(signal),
      every: (value) => latest.current.every(value),
      onValue: (value) => setState({ value, problem: undefined }),
      onProblem: (problem) => setState((before) => ({ value: before.value, problem })),
    });
    return () => poller.end();
  }, [...deps, round]);
  const reload = useCallback(() => setRound((one) => one + 1), []);
  return { ...state, reload };
};

export interface Doing {
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  /** Begins it. A second click does nothing while the first is still at work. */
  readonly run: () => void;
  readonly forget: () => void;
}

/** What a button begins. If others have approved it, it is called again, with the id of their approval. */
export type Act = (approvalId?: string) => Promise<void>;

/** Runs the act. If others have already approved exactly this, it runs with their approval. */
const doApproved = async (act: Act): Promise<void> => {
  try {
    await act();
  } catch (thrown) {
    const approval = thrown instanceof Problem ? thrown.approval : undefined;
    if (approval?.state !== 'APPROVED') throw thrown;
    await act(approval.id);
  }
};

/** Something that a person begins with a button: whether it is at work, and what went wrong. */
export const useDoing = (act: Act): Doing => {
  const [state, setState] = useState<{ isBusy: boolean; problem: Problem | undefined }>({
    isBusy: false,
    problem: undefined,
  });
  const busy = useRef(false);
  const run = (): void => {
    if (busy.current) return;
    busy.current = true;
    setState({ isBusy: true, problem: undefined });
    doApproved(act)
      .then(
        () => setState({ isBusy: false, problem: undefined }),
        (thrown: unknown) => setState({ isBusy: false, problem: asProblem(thrown) }),
      )
      .finally(() => {
        busy.current = false;
      });
  };
  return { ...state, run, forget: () => setState({ isBusy: false, problem: undefined }) };
};
