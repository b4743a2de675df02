/** A long list of the API. Its pages are fetched when their rows come into sight. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../../../client/problem.ts';
import type { Page } from '../../../model/requests/page.ts';

const PAGE = 200;
/**
 * So few pages are fetched at a time. Somebody who scrolls fast leaves most pages behind, and those are not fetched at
 * all.
 */
const AT_ONCE = 2;

export interface Pages<T> {
  /** Undefined until the first page has come. */
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
  readonly at: (index: number) => T | undefined;
  readonly want: (first: number, last: number) => void;
  readonly reload: () => void;
}

type Load<T> = (skip: number, limit: number, signal: AbortSignal) => Promise<Page<T>>;

/** One list: which of its pages are here, which are being fetched, and which are in sight. */
class LongList<T> {
  readonly #load: Load<T>;
  readonly #onChange: () => void;
  readonly #pages = new Map<number, readonly T[] | 'coming'>();
  readonly #ended = new AbortController();
  #wanted: readonly number[] = [];
  #coming = 0;
  total: number | undefined;
  problem: Problem | undefined;

  constructor(load: Load<T>, onChange: () => void) {
    this.#load = load;
    this.#onChange = onChange;
  }

  at(index: number): T | undefined {
    const page = this.#pages.get(Math.floor(index / PAGE));
    return page === undefined || page === 'coming' ? undefined : page[index % PAGE];
  }

  want(first: number, last: number): void {
    const [from, to] = [Math.floor(first / PAGE), Math.floor(last / PAGE)];
    this.#wanted = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    this.#fetchWanted();
  }

  end(): void {
    this.#ended.abort();
  }

  #fetchWanted(): void {
    for (const page of this.#wanted)
      if (this.#coming < AT_ONCE && !this.#pages.has(page)) void this.#fetch(page);
  }

  async #fetch(page: number): Promise<void> {
    const { signal } = this.#ended;
    this.#pages.set(page, 'coming');
    this.#coming += 1;
    try {
      const { total, resources } = await this.#load(page * PAGE, PAGE, signal);
      this.#pages.set(page, resources);
      this.total = total;
      this.problem = undefined;
    } catch (thrown) {
      this.#pages.delete(page);
      this.problem = asProblem(thrown);
    }
    this.#coming -= 1;
    if (signal.aborted) return;
    this.#onChange();
    if (this.problem === undefined) this.#fetchWanted();
  }
}

/** @param deps When one of these changes, another list is fetched. */
export const usePages = <T>(load: Load<T>, deps: readonly unknown[]): Pages<T> => {
  const [, setChanges] = useState(0);
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const onChange = useCallback(() => setChanges((one) => one + 1), []);
  const emptyList = (): LongList<T> => new LongList((...page) => latest.current(...page), onChange);
  const [list, setList] = useState(emptyList);
  // The caller names what the list depends on.
  useEffect(() => {
    const next = emptyList();
    setList(next);
    next.want(0, 0);
    return () => next.end();
  }, [...deps, round]);
  return {
    total: list.total,
    problem: list.problem,
    at: (index) => list.at(index),
    want: (first, last) => list.want(first, last),
    reload: () => setRound((one) => one + 1),
  };
};
