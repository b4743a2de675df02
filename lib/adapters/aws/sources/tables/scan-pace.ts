/** How fast one segment of a table may be scanned, where a share of its read capacity is given. */

/** What an account's tables on demand may read in a second, unless it asked for more. Quotas of DynamoDB. */
const ON_DEMAND_UNITS = 40_000;
/** A page is to cost so many seconds of what may be read, and no pause is longer than this. */
const PAGE_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 30;
/** Nothing is known of the items before the first page: each may have 400 KB. */
const FIRST_LIMIT = 10;

export class ScanPace {
  readonly #perSecond: number;
  #limit = FIRST_LIMIT;

  /**
   * @param provisioned Read units in a second; undefined of a table on demand.
   * @param segments Among which the share is divided.
   */
  constructor({
    share,
    provisioned = ON_DEMAND_UNITS,
    segments,
  }: { share: number; provisioned?: number | undefined; segments: number }) {
    this.#perSecond = (share * provisioned) / segments;
  }

  /** How many items the next page may have. */
  get limit(): number {
    return this.#limit;
  }

  /** @returns how many milliseconds to wait after a page that cost so much. */
  pauseAfter({ units, items, milliseconds }: { units: number; items: number; milliseconds: number }): number {
    const unitsPerItem = units / Math.max(1, items);
    // At most twice as many as before: items differ.
    const fitting = Math.floor((this.#perSecond * PAGE_SECONDS) / Math.max(unitsPerItem, 0.5));
    this.#limit = Math.max(1, Math.min(fitting, this.#limit * 2));
    const due = (units / this.#perSecond) * 1000 - milliseconds;
    return Math.min(Math.max(0, due), LONGEST_PAUSE_SECONDS * 1000);
  }
}
