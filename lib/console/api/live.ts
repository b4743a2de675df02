/** What a screen shows, and what a person begins on it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, Problem } from '../../client/problem.ts';
import { Looking } from './looking.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

/**
 * Loads when shown, again whenever `deps` change, and again after as many milliseconds as `every` says of the last answer,
 * or when a change was heard of; undefined: not again. After failures it waits longer each time.
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
  // The caller says what it depends on.
  useEffect(() => {
    const looking = new Looking<T>({
      load: (signal) => latest.current.load(signal),
      every: (value) => latest.current.every(value),
      onValue: (value) => setState({ value, problem: undefined }),
      onProblem: (problem) => setState((before) => ({ value: before.value, problem })),
    });
    return () => looking.end();
  }, [...deps, round]);
  const reload = useCallback(() => setRound((one) => one + 1), []);
  return { ...state, reload };
};

export interface Doing {
  readonly isBusy: boolean;
  readonly problem: Problem | undefined;
  /** Runs once at a time: a second click while the first is under way does nothing. */
  readonly run: () => void;
  readonly forget: () => void;
}

/** What a person begins by a button. Where others have to approve it first, it is done with the id of their approval. */
export type Act = (approvalId?: string) => Promise<void>;

/** Does it; where others have approved this very thing already, with their approval. */
const doApproved = async (act: Act): Promise<void> => {
  try {
    await act();
  } catch (thrown) {
    const approval = thrown instanceof Problem ? thrown.approval : undefined;
    if (approval?.state !== 'APPROVED') throw thrown;
    await act(approval.id);
  }
};

/** Something that a person begins by a button. */
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
