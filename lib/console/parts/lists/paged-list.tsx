/** A list that the API gives page by page: its rows, or why there are none. */
import type { ComponentChildren } from 'preact';
import { Loading, ProblemNotice } from '../notice.tsx';
import type { Pages } from './pages.ts';
import { VirtualList, type VirtualListProps } from './virtual-list.tsx';

interface PagedListProps<T> extends Omit<VirtualListProps, 'total' | 'onSeen' | 'row'> {
  readonly pages: Pages<T>;
  /** The text for an empty list. */
  readonly none: string;
  /** The cells of an element's row, one for each column. */
  readonly cells: (element: T) => readonly ComponentChildren[];
}

export const PagedList = <T,>({ pages, none, cells, ...list }: PagedListProps<T>) => (
  <>
    <ProblemNotice problem={pages.problem} onRetry={pages.reload} />
    {pages.total === undefined && pages.problem === undefined && <Loading />}
    {pages.total === 0 && <p class="quiet">{none}</p>}
    {pages.total !== undefined && pages.total > 0 && (
      <VirtualList
        {...list}
        total={pages.total}
        onSeen={pages.want}
        row={(index) => {
          const element = pages.at(index);
          return element === undefined ? undefined : cells(element);
        }}
      />
    )}
  </>
);
