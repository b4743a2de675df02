import { LONGEST_PAGE, type Paging } from './call.ts';

/** How many records the whole list has, and how many of them a page shows. */
export interface Extent {
  readonly total: number;
  readonly shown: number;
}

/** All pages of a list, one in memory at a time. */
export async function* everyPage<P>(
  read: (paging: Required<Paging>) => Promise<P>,
  extentOf: (page: P) => Extent,
): AsyncGenerator<P, void, undefined> {
  for (let skip = 0; ; ) {
    const page = await read({ skip, limit: LONGEST_PAGE });
    yield page;
    const { total, shown } = extentOf(page);
    skip += shown;
    if (shown === 0 || skip >= total) return;
  }
}
