import { compareKeys } from '../../../lib/components/s3/object-path.ts';
import type { PagesOf } from '../../../lib/components/s3/split-range.ts';

export interface Listed {
  readonly key: string;
  readonly bytes: number;
}

/** The pages that a bucket returns for a range of keys. `objects` are in listing order. */
export const pagesOf = (objects: readonly Listed[], perPage = 1_000): PagesOf =>
  async function* ({ after, through }) {
    const firstBehind = (key: string): number => {
      let [low, high] = [0, objects.length];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (compareKeys(objects[middle]?.key ?? '', key) > 0) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const end = through === undefined ? objects.length : firstBehind(through);
    for (let first = after === undefined ? 0 : firstBehind(after); ; first += perPage) {
      const page = objects.slice(first, Math.min(end, first + perPage));
      const isLast = first + perPage >= end;
      yield { objects: page, ...(!isLast && { next: page.at(-1)?.key }) };
      if (isLast) return;
    }
  };
