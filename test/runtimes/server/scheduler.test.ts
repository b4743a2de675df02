import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import { type ScheduleSettings, scheduleSchema } from '../../../lib/model/config/config.ts';
import { DueTimes } from '../../../lib/model/schedules/due-times.ts';
import { ofConfiguration } from '../../../lib/model/schedules/schedule.ts';
import {
  type Scheduled,
  Scheduler,
  type SchedulerOptions,
} from '../../../lib/runtimes/server/schedules/scheduler.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { eventually } from '../../contract/eventually.ts';
import { testSeed } from '../../random-pieces.ts';

const newFolder = temporaryFolders();
const schedule = (id: string, cron: string, rest: Partial<ScheduleSettings> = {}): ScheduleSettings =>
  scheduleSchema.parse({ id, cron, ...rest });
const nightly = schedule('nightly', '0 3 * * *');

/** A clock that tests set, and the calls made under it. */
class Scene {
  at: Date;
  readonly told: string[] = [];
  readonly #catalog: SqliteCatalog;

  constructor(catalog: SqliteCatalog, start: string) {
    this.#catalog = catalog;
    this.at = new Date(start);
  }

  scheduler(schedules: ScheduleSettings[], overrides: Partial<SchedulerOptions> = {}): Scheduler {
    const tell = (what: string) => async (of: Scheduled, at: Date) => {
      this.told.push(`${what} ${of.id} ${at.toISOString().slice(0, 16)}`);
      return undefined;
    };
    return new Scheduler({
      schedules: async () => schedules.map(ofConfiguration),
      catalog: this.#catalog,
      clock: { now: () => this.at },
      log: new JsonLogger({ write: () => {} }),
      onFire: tell('fired'),
      onMissed: tell('missed'),
      ...overrides,
    });
  }

  /** Makes the scheduler look at its schedules at each of these times. */
  async look(scheduler: Scheduler, ...times: string[]): Promise<void> {
    for (const time of times) {
      this.at = new Date(time);
      await scheduler.look();
    }
  }
}

describe('the scheduler', () => {
  const open: (Scheduler | SqliteCatalog)[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  const scene = async (start: string) => {
    const catalog = new SqliteCatalog(join(await newFolder(), 'catalog.db'));
    open.push(catalog);
    return new Scene(catalog, start);
  };
  const started = async (
    of: Scene,
    schedules: ScheduleSettings[],
    overrides: Partial<SchedulerOptions> = {},
  ) => {
    const scheduler = of.scheduler(schedules, overrides);
    open.push(scheduler);
    await scheduler.start();
    return scheduler;
  };

  test('of two at one minute the first comes first, also where a timer is a millisecond early [K7]', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    // The minute begins between two readings of the clock.
    let late: string[] = [];
    const clock = { now: () => new Date(late.shift() ?? s.at) };
    const scheduler = await started(s, [schedule('one', '0 3 * * *'), schedule('two', '0 3 * * *')], {
      clock,
    });
    late = ['2026-11-20T02:59:59.999Z', ...Array(10).fill('2026-11-20T03:00:00.000Z')];
    await scheduler.look();
    late = [];
    await s.look(scheduler, '2026-11-20T03:00:00.001Z');
    expect(s.told).toEqual(['fired one 2026-11-20T03:00', 'fired two 2026-11-20T03:00']);
  });

  test('fires when a schedule is due, once each time [K7] [C13]', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    const scheduler = await started(s, [nightly]);
    expect(scheduler.next('nightly')?.toISOString()).toBe('2026-11-20T03:00:00.000Z');
    await s.look(scheduler, '2026-11-20T02:59:59.999Z');
    expect(s.told).toEqual([]);
    await s.look(
      scheduler,
      '2026-11-20T03:00:00.000Z',
      '2026-11-20T03:00:00.400Z',
      '2026-11-20T03:00:30Z',
      '2026-11-20T12:00:00Z',
    );
    expect(s.told).toEqual(['fired nightly 2026-11-20T03:00']);
    expect(scheduler.next('nightly')?.toISOString()).toBe('2026-11-21T03:00:00.000Z');
    await s.look(scheduler, '2026-11-21T03:00:07Z');
    expect(s.told).toEqual(['fired nightly 2026-11-20T03:00', 'fired nightly 2026-11-21T03:00']);
  });

  test('fires two of one minute one after the other, in the order of the configuration [U2]', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    const order: string[] = [];
    const scheduler = await started(s, [nightly, schedule('also', '0 3 * * *')], {
      onFire: async ({ id }) => {
        order.push(`${id} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${id} ends`);
        return undefined;
      },
    });
    await s.look(scheduler, '2026-11-20T03:00:01Z');
    expect(order).toEqual(['nightly begins', 'nightly ends', 'also begins', 'also ends']);
  });

  test('goes by the time zone', async () => {
    const s = await scene('2026-07-01T00:00:00Z');
    const scheduler = await started(s, [schedule('berlin', '0 3 * * *', { timeZone: 'Europe/Berlin' })]);
    await s.look(scheduler, '2026-07-01T01:00:00Z', '2026-07-01T03:00:00Z');
    expect(s.told).toEqual(['fired berlin 2026-07-01T01:00']);
  });

  test('neither repeats nor misses over a restart', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    const first = await started(s, [nightly]);
    await s.look(first, '2026-11-20T03:00:01Z');
    await first.close();
    s.at = new Date('2026-11-20T03:00:20Z');
    await started(s, [nightly]);
    expect(s.told).toEqual(['fired nightly 2026-11-20T03:00']);
  });

  test('still fires what came due during a short restart', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    await (await started(s, [nightly])).close();
    s.at = new Date('2026-11-20T03:00:40Z');
    await started(s, [nightly]);
    expect(s.told).toEqual(['fired nightly 2026-11-20T03:00']);
  });

  test('tells the last of what it missed while it was down, once', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    await (await started(s, [nightly, schedule('later', '0 22 * * *')])).close();
    s.at = new Date('2026-11-23T09:00:00Z');
    await (await started(s, [nightly, schedule('later', '0 22 * * *')])).close();
    await started(s, [nightly, schedule('later', '0 22 * * *')]);
    expect(s.told).toEqual(['missed nightly 2026-11-23T03:00', 'missed later 2026-11-22T22:00']);
  });

  test('tells what it missed while the machine slept', async () => {
    const s = await scene('2026-11-20T02:00:00Z');
    const scheduler = await started(s, [nightly]);
    await s.look(scheduler, '2026-11-20T09:00:00Z', '2026-11-21T03:00:00Z');
    expect(s.told).toEqual(['missed nightly 2026-11-20T03:00', 'fired nightly 2026-11-21T03:00']);
  });

  test('has missed nothing before it first knew a schedule, nor while that was disabled or gone', async () => {
    const s = await scene('2026-11-20T09:00:00Z');
    await (await started(s, [nightly])).close();
    expect(s.told).toEqual([]);
    await (await started(s, [{ ...nightly, enabled: false }])).close();
    s.at = new Date('2026-11-25T09:00:00Z');
    await started(s, [nightly]);
    expect(s.told).toEqual([]);
  });

  test('goes on from now when a clock that was ahead has noted a time in the future, and says so [B15]', async () => {
    const s = await scene('2028-01-05T02:59:00Z');
    const lines: string[] = [];
    const log = new JsonLogger({ pretty: false, write: (line) => lines.push(line) });
    const ahead = await started(s, [nightly], { log });
    await s.look(ahead, '2028-01-05T03:00:01Z');
    await ahead.close();
    s.told.length = 0;
    // The clock is corrected while the server runs, and during a restart.
    s.at = new Date('2026-11-20T02:00:00Z');
    const right = await started(s, [nightly], { log });
    expect(lines.join()).toContain('at a time in the future');
    await s.look(right, '2026-11-20T03:00:01Z', '2026-11-21T03:00:01Z');
    await s.look(right, '2028-01-05T03:00:00Z');
    s.told.length = 0;
    await s.look(right, '2026-11-22T02:00:00Z', '2026-11-22T03:00:02Z', '2026-11-23T09:00:00Z');
    expect(s.told).toEqual(['fired nightly 2026-11-22T03:00', 'missed nightly 2026-11-23T03:00']);
  });

  test('fires a time once when the clock is set back by seconds just after it', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    const scheduler = await started(s, [nightly]);
    await s.look(scheduler, '2026-11-20T03:00:01Z', '2026-11-20T02:59:58Z', '2026-11-20T03:00:00Z');
    expect(s.told).toEqual(['fired nightly 2026-11-20T03:00']);
  });

  test('does not fire a disabled schedule', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    const scheduler = await started(s, [{ ...nightly, enabled: false }]);
    await s.look(scheduler, '2026-11-20T03:00:00Z');
    expect([s.told, scheduler.next('nightly')]).toEqual([[], undefined]);
  });

  test('tries again when a schedule could not be run, and the others run all the same', async () => {
    const s = await scene('2026-11-20T02:59:00Z');
    let failures = 2;
    const scheduler = await started(s, [nightly, schedule('other', '0 3 * * *')], {
      onFire: async ({ id }, at) => {
        if (id === 'nightly' && failures-- > 0) throw new Error('the catalog is not there');
        s.told.push(`${id} ${at.toISOString().slice(11, 16)}`);
        return undefined;
      },
    });
    await s.look(
      scheduler,
      '2026-11-20T03:00:00Z',
      '2026-11-20T03:00:30Z',
      '2026-11-20T03:01:00Z',
      '2026-11-20T03:01:30Z',
    );
    expect(s.told).toEqual(['other 03:00', 'nightly 03:00']);
  });

  test('runs by itself', async () => {
    const s = await scene('2026-11-20T02:59:59.990Z');
    const started_ = Date.now();
    const scheduler = s.scheduler([nightly], {
      clock: { now: () => new Date(new Date('2026-11-20T02:59:59.950Z').getTime() + Date.now() - started_) },
    });
    open.push(scheduler);
    await scheduler.start();
    await eventually('it fired', () => s.told[0]);
    expect(s.told).toEqual(['fired nightly 2026-11-20T03:00']);
  });
});

describe('due times', () => {
  const dueIn = (cron: string, timeZone: string, from: string, to: string): string[] => {
    const due = new DueTimes({ cron, timeZone });
    const times: string[] = [];
    for (let at = due.next(new Date(from)); at && at <= new Date(to); at = due.next(at))
      times.push(at.toISOString());
    return times;
  };

  test('of a time that spring skips come when the gap ends', () => {
    expect(dueIn('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('of a time that autumn repeats come the first time only', () => {
    expect(dueIn('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('of an interval go on through both', () => {
    expect(dueIn('0 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', '2026-10-25T04:00:00Z')).toHaveLength(
      4,
    );
    expect(dueIn('0 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', '2026-03-29T04:00:00Z')).toHaveLength(
      4,
    );
  });

  test('of a daily schedule are one a day, in every zone, all year', () => {
    const seed = testSeed();
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Sao_Paulo',
      'UTC',
      'Africa/Casablanca',
      'Pacific/Apia',
    ];
    const property = fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 2024, max: 2035 }),
      (zone, hour, minute, year) => {
        const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
        const times = dueIn(
          `${minute} ${hour} * * *`,
          zone,
          `${year - 1}-12-31T23:59:59Z`,
          `${year}-12-31T23:59:59Z`,
        );
        const days = times.map((time) => day.format(new Date(time)));
        expect(new Set(days).size).toBe(days.length);
        expect(days.length).toBeGreaterThanOrEqual(365);
      },
    );
    fc.assert(property, { seed, numRuns: 10 });
  });

  test('the last between two instants is the last, the end included and the beginning not', () => {
    const due = new DueTimes({ cron: '*/10 * * * *', timeZone: 'UTC' });
    const last = (after: string, until: string) =>
      due
        .lastBetween(new Date(`2026-11-20T${after}Z`), new Date(`2026-11-20T${until}Z`))
        ?.toISOString()
        .slice(11, 19);
    expect(last('03:00:00', '03:09:59.999')).toBeUndefined();
    expect(last('03:00:00', '03:10:00')).toBe('03:10:00');
    expect(last('03:00:00', '03:10:00.999')).toBe('03:10:00');
    expect(last('03:00:00', '03:59:59')).toBe('03:50:00');
    expect(last('03:00:00', '03:59:59.500')).toBe('03:50:00');
    expect(last('02:59:59.999', '03:00:00')).toBe('03:00:00');
    expect(last('03:10:00', '03:00:00')).toBeUndefined();
  });
});
