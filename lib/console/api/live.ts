/**
 * What a screen shows, asked for once or again and again. Polling, not a stream: it is the same on both hosts (an HTTP API
 * of AWS streams nothing), it goes on by itself after a restart of the server, and a hidden tab asks for nothing.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './problem.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly reload: () => void;
}

const LONGEST_BACK_OFF = 30_000;

const asProblem = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem(0, 'unreachable', String(thrown));

/**
 * Loads when shown, again whenever `deps` change, and again after as many milliseconds as `every` says of the last answer;
 * undefined: not again. After failures it waits longer each time.
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
    const ended = new AbortController();
    let timer: number | undefined;
    let failures = 0;
    let value: T | undefined;
    const plan = (): void => {
      const wanted = latest.current.every(value);
      const wait = failures > 0 ? Math.min(LONGEST_BACK_OFF, (wanted ?? 1000) * 2 ** failures) : wanted;
      if (wait === undefined) return;
      timer = window.setTimeout(run, wait * (0.9 + Math.random() * 0.2));
    };
    const run = async (): Promise<void> => {
      if (document.hidden && value !== undefined) return plan();
      try {
        value = await latest.current.load(ended.signal);
        failures = 0;
        if (!ended.signal.aborted) setState({ value, problem: undefined });
      } catch (thrown) {
        if (ended.signal.aborted) return;
        failures += 1;
        const problem = asProblem(thrown);
        setState((before) => ({ value: before.value, problem }));
        if (!problem.isPassing) return;
      }
      if (!ended.signal.aborted) plan();
    };
    const look = (): void => {
      if (document.hidden || latest.current.every(value) === undefined) return;
      window.clearTimeout(timer);
      void run();
    };
    document.addEventListener('visibilitychange', look);
    void run();
    return () => {
      ended.abort();
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
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
