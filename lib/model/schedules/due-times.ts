/**
 * When a schedule is due, on either host: the embedded host uses this code, and EventBridge Scheduler gets these very
 * instants, so that a line has one meaning.
 *
 * Where clocks change, a line with named hours ("0 2 * * *", "30 1,13 * * *") is due once for each of its times in a
 * day: a time that the clocks skip is due when the gap ends, and a time that comes twice is due the first time. A line
 * of every hour ("15 * * * *") follows the clock on the wall through both. A rate goes by elapsed time.
 */
import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { listed, parseCron } from './cron-line.ts';
import { isRate, rateMilliseconds } from './rate.ts';
import { type WallClock, wallClockOf } from './wall-clock.ts';

const MINUTE_MILLISECONDS = 60_000;
const HOUR_MILLISECONDS = 60 * MINUTE_MILLISECONDS;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;
/** No clock is put forward or back by more than this. */
const LONGEST_CHANGE_MILLISECONDS = 3 * HOUR_MILLISECONDS;

export interface Timing {
  /** The schedule's id, from which its share of the jitter is computed. */
  readonly id?: string;
  readonly cron: string;
  readonly timeZone: string;
  /** RFC 3339. The schedule is not due before `startAt`, or after `endAt`. */
  readonly startAt?: string | null | undefined;
  readonly endAt?: string | null | undefined;
  /** Most minutes by which each time is delayed; the delay is always the same for a schedule and a time. @default 0 */
  readonly jitterMinutes?: number;
}

/** The first time after an instant; undefined when no time follows, as for 30 February. */
type Next = (after: Date) => Date | undefined;

export class DueTimes {
  readonly #timing: Timing;
  readonly #planned: Next;
  readonly #jitter: number;
  readonly #start: number;
  readonly #end: number;

  /** Expects texts that their schemas have accepted. */
  constructor(timing: Timing) {
    const { cron, timeZone, startAt, endAt, jitterMinutes = 0 } = timing;
    this.#timing = timing;
    this.#start = instantOr(startAt, Number.NEGATIVE_INFINITY);
    this.#end = instantOr(endAt, Number.POSITIVE_INFINITY);
    this.#jitter = jitterMinutes * MINUTE_MILLISECONDS;
    this.#planned = isRate(cron)
      ? rateTimes(rateMilliseconds(cron), instantOr(startAt, 0))
      : cronTimes(cron, wallClockOf(timeZone));
  }

  /** The first due time after an instant; undefined when no time follows. */
  next(after: Date): Date | undefined {
    if (this.#jitter === 0) return this.#nextPlanned(after);
    let first: Date | undefined;
    // A later planned time may be delayed by less than an earlier one.
    for (
      let planned = this.#nextPlanned(new Date(after.getTime() - this.#jitter - 1));
      planned !== undefined && (first === undefined || planned < first);
      planned = this.#nextPlanned(planned)
    ) {
      const due = new Date(planned.getTime() + this.#putOff(planned));
      if (due > after && (first === undefined || due < first)) first = due;
    }
    return first;
  }

  /** The next `count` due times after an instant. */
  nextOf(count: number, after: Date): Date[] {
    const times: Date[] = [];
    for (let at = this.next(after); at !== undefined && times.length < count; at = this.next(at))
      times.push(at);
    return times;
  }

  /** Every due time after one instant and not after another. */
  *between(after: Date, until: Date): Generator<Date> {
    for (let at = this.next(after); at !== undefined && at <= until; at = this.next(at)) yield at;
  }

  /** The last due time after one instant and not after another. */
  lastBetween(after: Date, until: Date): Date | undefined {
    // Looks at the near past first, so that a start after years does not go through all times.
    for (let back = HOUR_MILLISECONDS; ; back *= 24) {
      const from = Math.max(after.getTime(), until.getTime() - back);
      const last = [...this.between(new Date(from), until)].at(-1);
      if (last !== undefined || from === after.getTime()) return last;
    }
  }

  isDue(at: Date): boolean {
    return this.next(new Date(at.getTime() - 1))?.getTime() === at.getTime();
  }

  #nextPlanned(after: Date): Date | undefined {
    const planned = this.#planned(new Date(Math.max(after.getTime(), this.#start - 1)));
    return planned === undefined || planned.getTime() > this.#end ? undefined : planned;
  }

  /** The delay in whole seconds, the same for a schedule and a time on every host. */
  #putOff(planned: Date): number {
    const hash = createHash('sha256')
      .update(`${this.#timing.id ?? ''} ${planned.toISOString()}`)
      .digest();
    return (hash.readUInt32BE(0) % (this.#jitter / 1000)) * 1000;
  }
}

const instantOr = (text: string | null | undefined, otherwise: number): number =>
  text === null || text === undefined ? otherwise : Date.parse(text);

const rateTimes =
  (every: number, from: number): Next =>
  (after) =>
    new Date(from + (Math.floor((after.getTime() - from) / every) + 1) * every);

const cronTimes = (cron: string, clock: WallClock): Next => {
  const line = parseCron(cron);
  const { minute, hour, day, month, weekday } = line;
  const fields = [minute, hour, day, month, weekday].map((allowed) => listed(allowed));
  const walls = new Cron(fields.join(' '), { timezone: 'UTC', mode: '5-part', paused: true });
  const nextWall: Next = (after) => walls.nextRun(after) ?? undefined;
  return hour === undefined ? throughChanges(clock, nextWall) : onceADay(clock, nextWall);
};

/** Follows the clock on the wall: a skipped time is not due, and a time that comes twice is due twice. */
const throughChanges =
  (clock: WallClock, nextWall: Next): Next =>
  (after) => {
    let from = after.getTime();
    for (;;) {
      // The offset at the first moment that is searched.
      const offset = clock.offset(from + 1);
      const wall = nextWall(new Date(from + offset));
      if (wall === undefined) return undefined;
      const instant = wall.getTime() - offset;
      if (clock.offset(instant) === offset) return new Date(instant);
      // Clocks change in between: go on from that minute, and include it.
      const day = Math.min(instant, from + DAY_MILLISECONDS);
      from = clock.offset(day) === offset ? day : clock.changeBetween(from + 1, day) - 1;
    }
  };

const onceADay =
  (clock: WallClock, nextWall: Next): Next =>
  (after) => {
    const time = after.getTime();
    const steady =
      clock.offset(time - LONGEST_CHANGE_MILLISECONDS) === clock.offset(time + LONGEST_CHANGE_MILLISECONDS);
    const from = clock.wallAt(after).getTime() - (steady ? 0 : LONGEST_CHANGE_MILLISECONDS);
    for (let wall = nextWall(new Date(from)); wall !== undefined; wall = nextWall(wall)) {
      const { instant } = clock.instantOf(wall);
      if (instant > after) return instant;
    }
    return undefined;
  };
