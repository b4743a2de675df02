/**
 * Runs of schedules that coincide with other operations, or with changes of the schedule at the same instant.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Principal } from '../../../lib/model/access/principal.ts';
import { createScheduleSchema, replaceScheduleSchema } from '../../../lib/model/schedules/schedule.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import {
  createSchedule,
  deleteSchedule,
  replaceSchedule,
} from '../../../lib/operations/schedules/change-schedules.ts';
import { keepCall, keepSchedules } from '../../../lib/operations/schedules/keep-schedules.ts';
import { administrator } from '../../principals.ts';
import { instead, StepwiseHost } from '../stepwise-host.ts';

const MINUTE = 60_000;
const admin: Principal = { ...administrator('admin'), kind: 'host' };
let stepwise: StepwiseHost;
let host: OperatingHost;

beforeEach(async () => {
  stepwise = await StepwiseHost.open();
  host = stepwise.host;
});
afterEach(() => stepwise.close());

/** Creates the schedule and sets the clock to its first due time. */
const dueNow = async (said: object = {}): Promise<Date> => {
  const made = await createSchedule(
    host,
    admin,
    createScheduleSchema.parse({ id: 'hourly', cron: '0 * * * *', ...said }),
  );
  const at = new Date(made.nextRuns[0]?.at ?? '');
  stepwise.pass(at.getTime() - host.clock.now().getTime() + 1_000);
  return at;
};
const runs = async () =>
  (await host.catalog.list('backup')).records
    .filter(({ scheduleId }) => scheduleId === 'hourly')
    .map(({ state, errorCode }) => ({ state, errorCode }));
const stateOf = async () => (await host.catalog.get('schedule', 'hourly'))?.record;

describe('a run that finds another operation running [C13]', () => {
  test('is refused at once, and recorded', async () => {
    const at = await dueNow();
    const { id } = await stepwise.request();
    await keepCall(host, { scheduleId: 'hourly', at, timer: true });
    expect(await runs()).toEqual([{ state: 'FAILED', errorCode: 'operation_running' }]);
    const [, refused] = (await host.catalog.list('backup')).records;
    expect(refused?.shortError).toBe(`another backup is running: ${id}`);
  });

  test('waits as long as its schedule says, begins once when the other has ended, and is then kept', async () => {
    const at = await dueNow({ waitMinutes: 8 });
    await stepwise.request();
    expect(await keepCall(host, { scheduleId: 'hourly', at, timer: true })).toBeUndefined();
    expect(await stateOf()).toMatchObject({ waitingFor: at.toISOString() });
    stepwise.pass(2 * MINUTE);
    await keepSchedules(host);
    expect(await runs()).toEqual([]);
    await stepwise.run('complete');
    await keepSchedules(host);
    await keepSchedules(host);
    expect(await runs()).toEqual([{ state: 'IN_PROGRESS', errorCode: null }]);
    expect(await stateOf()).toEqual({ id: 'hourly', lastFiredAt: at.toISOString() });
  });

  test('waits no longer than that: then it is refused, once', async () => {
    const at = await dueNow({ waitMinutes: 4 });
    await stepwise.request();
    await keepCall(host, { scheduleId: 'hourly', at, timer: true });
    stepwise.pass(5 * MINUTE);
    await keepSchedules(host);
    await keepSchedules(host);
    expect(await runs()).toEqual([{ state: 'FAILED', errorCode: 'operation_running' }]);
    expect((await stateOf())?.waitingFor).toBeUndefined();
  });
});

describe('a schedule that is changed in the instant of its run [C13]', () => {
  /** A host that runs `act` just before the backup's record is written. */
  const justBefore = (act: () => Promise<unknown>): OperatingHost => {
    let isDone = false;
    return {
      ...host,
      catalog: instead(host.catalog, 'take', async (lock, changes) => {
        if (!isDone) {
          isDone = true;
          await act();
        }
        return host.catalog.take(lock, changes);
      }),
    };
  };

  test('runs once, and at its new times from then on', async () => {
    const at = await dueNow();
    const changing = justBefore(() =>
      replaceSchedule(host, admin, 'hourly', replaceScheduleSchema.parse({ cron: '30 * * * *' })),
    );
    const called = { scheduleId: 'hourly', at, timer: true };
    await keepCall(changing, called);
    // The timer calls at least once, so it may call again.
    await keepCall(host, called);
    stepwise.pass(12 * MINUTE);
    await keepSchedules(host);
    expect(await runs()).toEqual([{ state: 'IN_PROGRESS', errorCode: null }]);
  });

  test('that is deleted leaves the run alone, and runs no more, though its timer comes again', async () => {
    const at = await dueNow();
    const deleting = justBefore(() => deleteSchedule(host, admin, 'hourly'));
    const called = { scheduleId: 'hourly', at, timer: true };
    await keepCall(deleting, called);
    await keepCall(host, called);
    await stepwise.run('complete');
    stepwise.pass(60 * MINUTE);
    await keepCall(host, { ...called, at: new Date(at.getTime() + 60 * MINUTE) });
    await keepSchedules(host);
    expect(await runs()).toEqual([{ state: 'SUCCESS', errorCode: null }]);
    expect(await stateOf()).toBeUndefined();
  });

  test('is asked by two timers and the sweep at once, and runs once', async () => {
    const at = await dueNow();
    const called = { scheduleId: 'hourly', at, timer: true };
    const ids = await Promise.all([keepCall(host, called), keepCall(host, called), keepCall(host, called)]);
    await keepSchedules(host);
    expect(new Set(ids).size).toBe(1);
    expect(await runs()).toEqual([{ state: 'IN_PROGRESS', errorCode: null }]);
  });
});
