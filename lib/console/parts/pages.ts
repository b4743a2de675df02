/** A long list of the API, page by page as its rows come to be seen. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../../model/requests/page.ts';
import { Problem } from '../api/problem.ts';

const PAGE = 200;

export interface Pages<T> {
  /** Undefined until the first page is there. */
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
  readonly at: (index: number) => T | undefined;
  readonly want: (first: number, last: number) => void;
  readonly reload: () => void;
}

/** @param deps When one of these changes, it is another list. */
export const usePages = <T>(
  load: (skip: number, limit: number, signal: AbortSignal) => Promise<Page<T>>,
  deps: readonly unknown[],
): Pages<T> => {
  const [, show] = useState(0);
  const [round, setRound] = useState(0);
  const held = useRef<{
    pages: Map<number, readonly T[] | 'coming'>;
    total: number | undefined;
    problem: Problem | undefined;
    ended: AbortController;
  }>({ pages: new Map(), total: undefined, problem: undefined, ended: new AbortController() });
  const loader = useRef(load);
  loader.current = load;

  const fetchPage = useCallback(async (page: number): Promise<void> => {
    const list = held.current;
    if (list.pages.has(page)) return;
    list.pages.set(page, 'coming');
    try {
      const { total, resources } = await loader.current(page * PAGE, PAGE, list.ended.signal);
      list.pages.set(page, resources);
      list.total = total;
      list.problem = undefined;
    } catch (thrown) {
      list.pages.delete(page);
      if (list.ended.signal.aborted) return;
      list.problem = thrown instanceof Problem ? thrown : new Problem(0, 'unreachable', String(thrown));
    }
    if (held.current === list) show((one) => one + 1);
  }, []);

  // The caller says what it depends on.
  useEffect(() => {
    const list = { pages: new Map(), total: undefined, problem: undefined, ended: new AbortController() };
    held.current = list;
    show((one) => one + 1);
    void fetchPage(0);
    return () => list.ended.abort();
  }, [...deps, round]);

  return {
    total: held.current.total,
    problem: held.current.problem,
    at: (index) => {
      const page = held.current.pages.get(Math.floor(index / PAGE));
      return page === undefined || page === 'coming' ? undefined : page[index % PAGE];
    },
    want: (first, last) => {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) void fetchPage(page);
    },
    reload: () => setRound((one) => one + 1),
  };
};
