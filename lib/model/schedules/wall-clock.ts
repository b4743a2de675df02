/** The clock on the wall of a time zone. Its times are Dates as if the zone were UTC. */

const MINUTE_MILLISECONDS = 60_000;
const HOUR_MILLISECONDS = 60 * MINUTE_MILLISECONDS;
/** No zone changes its clock twice within this time. */
const SIDE_MILLISECONDS = 25 * HOUR_MILLISECONDS;

/** Whether a wall time exists once, not at all since clocks skip it, or twice. */
export type Occurrence = 'once' | 'skipped' | 'twice';

export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    // In this locale the text is year, month, day, hour, minute and second, in that order. Reading it as a whole is
    // twice as fast as reading its parts.
    this.#format = new Intl.DateTimeFormat('sv-SE', {
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

  /** Milliseconds by which the wall is ahead of UTC at an instant. */
  offset(instant: number): number {
    const numbers = this.#format.format(instant).split(/\D+/).map(Number);
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
    const wall = Date.UTC(year, month - 1, day, hour, minute, second);
    return wall - Math.floor(instant / 1000) * 1000;
  }

  wallAt(instant: Date): Date {
    return new Date(instant.getTime() + this.offset(instant.getTime()));
  }

  /** The instant of a wall time: the first when it comes twice; the end of the gap when clocks skip it. */
  instantOf(wall: Date): { readonly instant: Date; readonly occurs: Occurrence } {
    const time = wall.getTime();
    const [before, after] = [this.offset(time - SIDE_MILLISECONDS), this.offset(time + SIDE_MILLISECONDS)];
    // With the greater offset the instant is the earlier one.
    const instants = [...new Set([before, after])]
      .sort((a, b) => b - a)
      .map((offset) => time - offset)
      .filter((instant) => this.offset(instant) === time - instant);
    const [instant] = instants;
    if (instant !== undefined)
      return { instant: new Date(instant), occurs: instants.length > 1 ? 'twice' : 'once' };
    return { instant: new Date(this.changeBetween(time - after, time - before)), occurs: 'skipped' };
  }

  /** The first minute with the later offset, between two instants with one change of the clocks. */
  changeBetween(before: number, after: number): number {
    const later = this.offset(after);
    let [low, high] = [before, after].map(
      (instant) => Math.floor(instant / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS,
    ) as [number, number];
    while (high - low > MINUTE_MILLISECONDS) {
      const middle = low + Math.floor((high - low) / (2 * MINUTE_MILLISECONDS)) * MINUTE_MILLISECONDS;
      if (this.offset(middle) === later) high = middle;
      else low = middle;
    }
    return high;
  }

  /** An instant as RFC 3339, with the zone's offset: `2026-12-01T03:00:00+01:00`. */
  shown(instant: Date): string {
    const minutes = Math.round(this.offset(instant.getTime()) / MINUTE_MILLISECONDS);
    const two = (n: number): string => String(n).padStart(2, '0');
    const size = Math.abs(minutes);
    const sign = minutes < 0 ? '-' : '+';
    return `${this.wallAt(instant).toISOString().slice(0, 19)}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  }
}

/** One for each zone: making a formatter costs far more than using it. There are some hundred zones. */
const clocks = new Map<string, WallClock>();
export const wallClockOf = (timeZone: string): WallClock => {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const made = new WallClock(timeZone);
  clocks.set(timeZone, made);
  return made;
};
