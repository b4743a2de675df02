/** How fast one segment of a table may be scanned when the share of its read capacity is limited. */

/** Read units per second of an account's tables on demand, unless it asked for more. See DynamoDB's quotas. */
const ON_DEMAND_UNITS = 40_000;
/** Seconds of the allowed reading that a page should cost, and the longest pause. */
const PAGE_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 30;
/** The items are unknown before the first page: each may have 400 KB. */
const FIRST_LIMIT = 10;

export class ScanPace {
  readonly #perSecond: number;
  #limit = FIRST_LIMIT;

  /**
   * @param provisioned read units per second; undefined for a table on demand
   * @param segments the number of segments that divide the share
   */
  constructor({
    share,
    provisioned = ON_DEMAND_UNITS,
    segments,
  }: { share: number; provisioned?: number | undefined; segments: number }) {
    this.#perSecond = (share * provisioned) / segments;
  }

  /** Most items of the next page. */
  get limit(): number {
    return this.#limit;
  }

  /** @returns milliseconds to wait after a page with this cost */
  pauseAfter({ units, items, milliseconds }: { units: number; items: number; milliseconds: number }): number {
    const unitsPerItem = units / Math.max(1, items);
    // At most twice the last limit, because items differ.
    const fitting = Math.floor((this.#perSecond * PAGE_SECONDS) / Math.max(unitsPerItem, 0.5));
    this.#limit = Math.max(1, Math.min(fitting, this.#limit * 2));
    const due = (units / this.#perSecond) * 1000 - milliseconds;
    return Math.min(Math.max(0, due), LONGEST_PAUSE_SECONDS * 1000);
  }
}
