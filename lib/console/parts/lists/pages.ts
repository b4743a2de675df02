/** A long list of the API, page by page as its rows come to be seen. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../../../client/problem.ts';
import type { Page } from '../../../model/requests/page.ts';

const PAGE = 200;
/** Whoever scrolls fast passes most pages by: the others are not asked for any more. */
const AT_ONCE = 2;

export interface Pages<T> {
  /** Undefined until the first page is there. */
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
  readonly at: (index: number) => T | undefined;
  readonly want: (first: number, last: number) => void;
  readonly reload: () => void;
}

const emptyList = () => ({
  pages: new Map<number, never>(),
  total: undefined,
  problem: undefined,
  ended: new AbortController(),
  wanted: [],
  coming: 0,
});

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
    wanted: readonly number[];
    coming: number;
  }>(emptyList());
  const loader = useRef(load);
  loader.current = load;

  const fetchPage = useCallback(async (page: number): Promise<void> => {
    const list = held.current;
    list.pages.set(page, 'coming');
    list.coming += 1;
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
    list.coming -= 1;
    if (held.current !== list) return;
    show((one) => one + 1);
    if (list.problem === undefined) fetchWanted();
  }, []);

  const fetchWanted = useCallback((): void => {
    const list = held.current;
    for (const page of list.wanted) if (list.coming < AT_ONCE && !list.pages.has(page)) void fetchPage(page);
  }, []);

  // The caller says what it depends on.
  useEffect(() => {
    const list = { ...emptyList(), wanted: [0] };
    held.current = list;
    show((one) => one + 1);
    fetchWanted();
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
      const [from, to] = [Math.floor(first / PAGE), Math.floor(last / PAGE)];
      held.current.wanted = Array.from({ length: to - from + 1 }, (_, index) => from + index);
      fetchWanted();
    },
    reload: () => setRound((one) => one + 1),
  };
};
