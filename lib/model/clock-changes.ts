/** When the clocks of a time zone are put forward. */

/** From the first time on the wall that is skipped to the first that is there again, both as if they were in UTC. */
export interface Gap {
  readonly from: Date;
  readonly to: Date;
}

const HOUR_MILLISECONDS = 3_600_000;
const MINUTE_MILLISECONDS = 60_000;

export class ClockChanges {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** In order of time. */
  *gapsBetween(after: Date, until: Date): Generator<Gap> {
    let before = Math.floor(after.getTime() / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
    for (; before < until.getTime(); before += 12 * HOUR_MILLISECONDS) {
      const next = before + 12 * HOUR_MILLISECONDS;
      if (this.#offset(next) <= this.#offset(before)) continue;
      const change = this.#changeBetween(before, next);
      yield {
        from: new Date(change + this.#offset(before)),
        to: new Date(change + this.#offset(change)),
      };
    }
  }

  /** The first minute with the later offset. */
  #changeBetween(before: number, after: number): number {
    const later = this.#offset(after);
    let [low, high] = [before, after];
    while (high - low > MINUTE_MILLISECONDS) {
      const middle = low + Math.floor((high - low) / (2 * MINUTE_MILLISECONDS)) * MINUTE_MILLISECONDS;
      if (this.#offset(middle) === later) high = middle;
      else low = middle;
    }
    return high;
  }

  /** Milliseconds that the wall is ahead of UTC. */
  #offset(instant: number): number {
    const parts = new Map(
      this.#format.formatToParts(instant).map(({ type, value }) => [type, Number(value)] as const),
    );
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
    return wall - Math.floor(instant / 1000) * 1000;
  }
}
