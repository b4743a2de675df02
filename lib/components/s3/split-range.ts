/**
 * Cuts a range of keys that nobody has counted. S3 lists in one direction only, so the range is halved by its letters:
 * a listing behind the middle says whether there are keys on each side. What has more than a page is halved again, all
 * such parts in turn, so most cuts come to lie where most keys are.
 */
import type { KeyRange, ListedObject } from '../../ports/sources/bucket-store.ts';
import { compareKeys } from './object-path.ts';

export interface KeyShard {
  readonly after?: string;
  readonly through?: string;
}

export interface Splitting {
  readonly prefix: string;
  readonly after: string;
  /** The most parts. */
  readonly parts: number;
  readonly signal: AbortSignal;
  /** Whether this call's time is nearly over: then the parts that there are will do. */
  readonly stopsNext: () => boolean;
}

type Range = Omit<KeyRange, 'prefix'>;

/** A listing, as far as planning looks at it. */
export type PagesOf = (range: Range) => AsyncIterable<{
  readonly objects: readonly Pick<ListedObject, 'key' | 'bytes'>[];
  readonly next?: string | undefined;
}>;

/** Of one splitting: some five minutes of listing. */
export const MAX_SPLIT_PAGES = 2_000;

/** A range, and the letters between which its keys are. */
interface Part {
  readonly after: string;
  readonly through?: string;
  readonly low: string;
  readonly high?: string;
}

/** What follows `after`, as ranges that lie behind each other and together hold every key. @throws what `pages` throws */
export const splitRange = async (
  pages: PagesOf,
  { prefix, after, parts, signal, stopsNext }: Splitting,
): Promise<KeyShard[]> => {
  const listing = new Listing(pages, prefix);
  const cuts: string[] = [];
  const large: Part[] = [{ after, low: after }];
  while (cuts.length < parts - 1 && listing.looked < MAX_SPLIT_PAGES && !stopsNext()) {
    signal.throwIfAborted();
    const part = large.shift();
    if (part === undefined) break;
    const halves = await listing.halve(part);
    if (halves === undefined) continue;
    cuts.push(halves.at);
    large.push(...halves.large);
  }
  const ends: (string | undefined)[] = [...cuts.sort(compareKeys), undefined];
  return ends.map((through, index) => ({
    after: ends[index - 1] ?? after,
    ...(through !== undefined && { through }),
  }));
};

class Listing {
  /** Pages that were looked at. */
  looked = 0;
  readonly #pages: PagesOf;
  readonly #prefix: string;

  constructor(pages: PagesOf, prefix: string) {
    this.#pages = pages;
    this.#prefix = prefix;
  }

  /**
   * Where a part is cut, with keys on both sides, and which of the halves have more than a page. Undefined when there is
   * no such place, or too many pages were looked at.
   */
  async halve({ after, through, ...bounds }: Part): Promise<{ at: string; large: Part[] } | undefined> {
    const end = through === undefined ? {} : { through };
    let { low, high } = bounds;
    while (this.looked < MAX_SPLIT_PAGES) {
      const at = between(low, high, this.#prefix);
      if (at === undefined) return undefined;
      const upper = await this.#look({ after: at, ...end });
      if (upper === 'nothing') {
        high = at;
        continue;
      }
      const lower = await this.#look({ after, through: at });
      if (lower === 'nothing') {
        low = at;
        continue;
      }
      const large: Part[] = [];
      if (lower === 'more') large.push({ after, through: at, low, high: at });
      if (upper === 'more') large.push({ after: at, ...end, low: at, ...(high !== undefined && { high }) });
      return { at, large };
    }
    return undefined;
  }

  async #look(range: Range): Promise<'nothing' | 'a page' | 'more'> {
    this.looked += 1;
    for await (const { objects, next } of this.#pages(range)) {
      if (next !== undefined) return 'more';
      return objects.length > 0 ? 'a page' : 'nothing';
    }
    return 'nothing';
  }
}

const MAX_KEY_BYTES = 1_024;
/** Control characters before it are in hardly any key, and not every store takes them. */
const FIRST_LETTER = 0x20;
const LAST_ASCII = 0x7f;
const LAST_LETTER = 0x10ffff;
const [FIRST_SURROGATE, LAST_SURROGATE] = [0xd800, 0xdfff];

/**
 * A text between two others, in the order of listings, about in the middle; of letters beyond ASCII first none at all.
 * Without `high`, every text with the prefix lies before the end. Undefined when there is none that a key has room for.
 */
export const between = (low: string, high: string | undefined, prefix: string): string | undefined => {
  const lows = codesOf(low);
  const highs = high === undefined ? codesOf(prefix) : codesOf(high);
  let isBelow = false;
  let text = '';
  for (let index = 0; ; index++) {
    const from = lows[index] ?? -1;
    // Behind the letters of a prefix comes any letter; behind those of `high`, none.
    const beyond = high === undefined ? LAST_LETTER + 1 : -1;
    const to: number = isBelow ? LAST_LETTER + 1 : (highs[index] ?? beyond);
    const middle = letterBetween(from, to);
    if (middle !== undefined) {
      const found = text + String.fromCodePoint(middle);
      return Buffer.byteLength(found) <= MAX_KEY_BYTES ? found : undefined;
    }
    if (from < 0) return undefined;
    isBelow ||= from < to;
    text += String.fromCodePoint(from);
  }
};

const codesOf = (text: string): number[] => Array.from(text, (letter) => letter.codePointAt(0) ?? 0);

/** A letter after `from` and before `to`, if there is one. */
const letterBetween = (from: number, to: number): number | undefined => {
  const half = from < LAST_ASCII && to > LAST_ASCII + 1 ? LAST_ASCII : Math.floor((from + to) / 2);
  const isHalfOfPair = half >= FIRST_SURROGATE && half <= LAST_SURROGATE;
  const letter = isHalfOfPair ? LAST_SURROGATE + 1 : Math.max(half, FIRST_LETTER);
  return letter > from && letter < to ? letter : undefined;
};
