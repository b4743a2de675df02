/** The contract of every `ScheduleTimers` adapter. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ScheduleTimers, Timer } from '../../lib/ports/schedule-timers.ts';

export interface OpenedTimers {
  readonly timers: ScheduleTimers;
  /** The timers that schedules want; a called host checks whether the schedule still wants that time. */
  wanted: readonly Timer[];
  /** The calls that the timers make until then, in order. */
  calls(until: Date): Promise<readonly Timer[]>;
  close(): Promise<void>;
}

/** In UTC, so that an adapter that reads times as local ones fails the test where the local zone differs. */
const START = Date.parse('2031-03-05T00:00:00Z');
const minute = (count: number): Date => new Date(START + count * 60_000);

export const describeTimers = (name: string, open: () => Promise<OpenedTimers>): void => {
  describe(`timers: ${name} [K7]`, () => {
    let opened: OpenedTimers;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    const set = async (timers: readonly Timer[]): Promise<void> => {
      opened.wanted = timers;
      await opened.timers.set(timers);
    };

    test('call for each schedule at its time, once, however often they are set', async () => {
      const timers = [
        { scheduleId: 'nightly', at: minute(3) },
        // Two long ids with the same beginning and the same time.
        { scheduleId: `${'a'.repeat(60)}-x`, at: minute(4) },
        { scheduleId: `${'a'.repeat(60)}-y`, at: minute(4) },
      ];
      await set(timers);
      await set(timers);
      await Promise.all([set(timers), set(timers)]);
      const calls = await opened.calls(minute(10));
      expect(new Set(calls.map(({ scheduleId, at }) => `${scheduleId} ${at.toISOString()}`))).toEqual(
        new Set(timers.map(({ scheduleId, at }) => `${scheduleId} ${at.toISOString()}`)),
      );
      expect(calls).toHaveLength(3);
    });

    test('call for none that was taken back, and may be told to take back what is not there', async () => {
      const [stays, goes] = [
        { scheduleId: 'stays', at: minute(21) },
        { scheduleId: 'goes', at: minute(22) },
      ];
      await set([stays, goes]);
      opened.wanted = [stays];
      await opened.timers.unset([goes, { scheduleId: 'never', at: minute(23) }]);
      await opened.timers.unset([goes]);
      const calls = await opened.calls(minute(30));
      expect(calls.filter(({ at }) => at > minute(10))).toEqual([stays]);
    });

    test('take none, and many at once', async () => {
      await set([]);
      const many = Array.from({ length: 60 }, (_, index) => ({ scheduleId: `of-${index}`, at: minute(41) }));
      await set(many);
      const calls = await opened.calls(minute(50));
      expect(calls.filter(({ at }) => at > minute(30))).toHaveLength(60);
    });
  });
};
