import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { LocalTimers } from '../../../lib/adapters/local/local-timers.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import type { Timer } from '../../../lib/ports/schedule-timers.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { Scheduler } from '../../../lib/runtimes/server/schedules/scheduler.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { describeTimers, type OpenedTimers } from '../../contract/schedule-timers.ts';

const newFolder = temporaryFolders();

/** A cron line of five fields that means this time. */
const cronOf = (at: Date): string =>
  `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;

/** The timers with the scheduler that they wake, under a clock that the test advances. */
describeTimers('of the embedded host', async () => {
  let now = new Date('2031-03-05T00:00:00Z');
  const log = new JsonLogger({ write: () => undefined });
  const clock = { now: () => now };
  const host = await openEmbeddedHost({
    data: await newFolder(),
    config: configSchema.parse({}),
    log,
    clock,
  });
  const called: Timer[] = [];
  const timers = new LocalTimers();
  const opened: OpenedTimers = {
    timers,
    wanted: [],
    calls: async (until) => {
      for (; now <= until; now = new Date(now.getTime() + 30_000)) await scheduler.look();
      return called;
    },
    close: async () => {
      await scheduler.close();
      await host.close();
    },
  };
  const scheduler = new Scheduler({
    schedules: async () =>
      opened.wanted.map(({ scheduleId, at }) => ({
        ...{ id: scheduleId, cron: cronOf(at), timeZone: 'UTC' },
        ...{ enabled: true, catchUp: 'record' as const },
      })),
    catalog: host.catalog,
    clock,
    log,
    onFire: async ({ id }, at) => {
      called.push({ scheduleId: id, at });
      return undefined;
    },
    onMissed: async () => {
      throw new Error('nothing is missed');
    },
  });
  timers.onSet(() => scheduler.wake());
  await scheduler.start();
  return opened;
});
