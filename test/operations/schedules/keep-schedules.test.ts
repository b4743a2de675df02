/**
 * Compares due times on AWS, kept by timers and a sweep, with the scheduler of an embedded host, under a
 * clock that the test sets.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { createScheduleSchema } from '../../../lib/model/schedules/schedule.ts';
import { revokeToken } from '../../../lib/operations/access/tokens/revoke-token.ts';
import { createToken } from '../../../lib/operations/access/tokens/tokens.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import {
  createSchedule,
  deleteSchedule,
  pauseSchedule,
  replaceSchedule,
  resumeSchedule,
} from '../../../lib/operations/schedules/change-schedules.ts';
import { everySchedule } from '../../../lib/operations/schedules/find-schedules.ts';
import { keepCall, keepSchedules } from '../../../lib/operations/schedules/keep-schedules.ts';
import { showSchedule } from '../../../lib/operations/schedules/read-schedules.ts';
import { stopOrphanedSchedules } from '../../../lib/operations/schedules/stop-schedules.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import type { ScheduleTimers, Timer } from '../../../lib/ports/schedule-timers.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { Scheduler } from '../../../lib/runtimes/server/schedules/scheduler.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { administrator } from '../../principals.ts';

const folder = temporaryFolders();
const MINUTE = 60_000;
const admin = { ...administrator('admin'), kind: 'host' as const };

/** Timers like EventBridge Scheduler's: each calls once at its time, unless it is removed. */
class ManualTimers implements ScheduleTimers {
  readonly ahead: number;
  readonly standing = new Map<string, Timer>();
  broken = false;

  constructor(ahead = 20 * MINUTE) {
    this.ahead = ahead;
  }

  async set(timers: readonly Timer[]): Promise<void> {
    if (this.broken) throw new Error('EventBridge Scheduler does not answer');
    for (const timer of timers) this.standing.set(this.#name(timer), timer);
  }

  async unset(timers: readonly Timer[]): Promise<void> {
    for (const timer of timers) this.standing.delete(this.#name(timer));
  }

  take(until: Date): Timer[] {
    const due = [...this.standing].filter(([, { at }]) => at <= until);
    for (const [name] of due) this.standing.delete(name);
    return due.map(([, timer]) => timer).toSorted((one, other) => one.at.getTime() - other.at.getTime());
  }

  #name = ({ scheduleId, at }: Timer): string => `${scheduleId} ${at.toISOString()}`;
}

class Scene {
  readonly timers = new ManualTimers();
  now = new Date('2026-12-01T00:00:00Z');
  host!: OperatingHost;
  close: () => Promise<void> = async () => undefined;

  static async open(schedules: object[] = []): Promise<Scene> {
    const scene = new Scene();
    const embedded = await openEmbeddedHost({
      data: await folder(),
      // Every run is refused and recorded, so no run takes long.
      config: configSchema.parse({
        installation: 'acme',
        backups: false,
        schedules,
        components: [{ id: 'notes', kind: 'directory', path: '/nonexistent' }],
      }),
      log: new JsonLogger({ write: () => undefined }),
      clock: { now: () => scene.now },
    });
    scene.host = { ...embedded, timers: scene.timers };
    scene.close = () => embedded.close();
    return scene;
  }

  at(instant: string | Date): void {
    this.now = new Date(instant);
  }

  /**
   * The runs that started or were refused, with time and schedule: timers call at their times, and the sweep
   * runs every five minutes.
   */
  async runTo(until: string): Promise<string[]> {
    const kept: string[] = [];
    for (let now = this.now.getTime(); now <= Date.parse(until); now += 5 * MINUTE) {
      this.now = new Date(now);
      for (const timer of this.timers.take(this.now))
        if ((await keepCall(this.host, { ...timer, timer: true })) !== undefined)
          kept.push(`${timer.scheduleId} ${timer.at.toISOString().slice(0, 16)}`);
      await keepSchedules(this.host);
    }
    return kept;
  }

  async records(): Promise<{ scheduleId: string | null; shortError: string }[]> {
    const { records } = await this.host.catalog.list('backup');
    return records.map(({ scheduleId, shortError }) => ({ scheduleId, shortError }));
  }

  async events(): Promise<string[]> {
    return (await this.host.catalog.list('event')).records.map(({ type }) => type);
  }
}

/**
 * For each day, the first instant at which the local clock shows this time or a later one, computed only with
 * Intl's calendar. When the clock skips the time, this is the end of the gap; when the time occurs twice, it
 * is the first.
 */
const firstOfEachDay = (
  { timeZone, hour, minute }: { timeZone: string; hour: number; minute: number },
  { from, to }: { from: string; to: string },
): string[] => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const firsts = new Map<string, string>();
  // Starts a day and a half early, so that the first day is complete.
  for (let at = Date.parse(from) - 36 * 60 * MINUTE; at <= Date.parse(to); at += 15 * MINUTE) {
    const [day = '', shown = ''] = format.format(at).split(' ');
    if (shown >= time && !firsts.has(day)) firsts.set(day, new Date(at).toISOString());
  }
  return [...firsts.values()].filter((at) => at > new Date(from).toISOString());
};

let scene: Scene;
afterEach(() => scene.close());
const make = (said: object) => createSchedule(scene.host, admin, createScheduleSchema.parse(said));

describe('timers and a sweep', () => {
  test('forget the times of every schedule that is no more, however many there are', async () => {
    scene = await Scene.open([{ id: 'nightly', cron: '0 2 * * *' }]);
    const states = Array.from({ length: 1_203 }, (_, index) => `old-${index}`);
    for (const id of [...states, 'nightly'])
      await scene.host.catalog.commit([put('schedule', { id, lastFiredAt: scene.now.toISOString() })]);
    await keepSchedules(scene.host);
    const { total, records } = await scene.host.catalog.list('schedule');
    expect([total, records[0]?.id]).toEqual([1, 'nightly']);
  });

  test('keep each time once, and a timer that comes twice starts nothing twice [K7]', async () => {
    scene = await Scene.open([{ id: 'config', cron: '0 6 * * *' }]);
    await make({ id: 'nightly', cron: '0 3 * * *' });
    const kept = await scene.runTo('2026-12-02T07:00:00Z');
    expect(kept).toEqual([
      ...['nightly 2026-12-01T03:00', 'config 2026-12-01T06:00'],
      ...['nightly 2026-12-02T03:00', 'config 2026-12-02T06:00'],
    ]);
    const at = new Date('2026-12-02T03:00:00Z');
    await keepCall(scene.host, { scheduleId: 'nightly', at, timer: true });
    expect(await scene.records()).toHaveLength(4);
  });

  test('are the same instants as an embedded scheduler keeps, where clocks change, in five zones [K7]', async () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Europe/London',
    ];
    const schedules = zones.flatMap((timeZone, index) => [
      { id: `early-${index}`, cron: '30 1 * * *', timeZone },
      { id: `late-${index}`, cron: '15,45 0,2 * * *', timeZone },
      { id: `hourly-${index}`, cron: '20 * * * *', timeZone },
    ]);
    const changes = ['2027-03-27', '2027-11-06'];
    scene = await Scene.open(schedules);
    let compared = 0;
    for (const day of changes) {
      const [from, to] = [
        `${day}T20:00:00Z`,
        new Date(Date.parse(`${day}T20:00:00Z`) + 12 * 3_600_000).toISOString(),
      ];
      // The times between two windows are not part of the test, so the schedules' progress is removed.
      const { records } = await scene.host.catalog.list('schedule');
      for (const { id } of records) await scene.host.catalog.commit([{ remove: 'schedule', id }]);
      scene.timers.standing.clear();
      scene.at(from);
      const aws = await scene.runTo(to);
      for (const { id } of (await scene.host.catalog.list('schedule')).records)
        await scene.host.catalog.commit([{ remove: 'schedule', id }]);
      const embedded: string[] = [];
      const scheduler = new Scheduler({
        schedules: () => everySchedule(scene.host),
        catalog: scene.host.catalog,
        clock: { now: () => scene.now },
        log: scene.host.log,
        onFire: async ({ id }, at) => {
          embedded.push(`${id} ${at.toISOString().slice(0, 16)}`);
          return undefined;
        },
        onMissed: async () => {
          throw new Error('nothing is missed');
        },
      });
      for (let now = Date.parse(from); now <= Date.parse(to); now += 5 * MINUTE) {
        scene.at(new Date(now));
        await scheduler.look();
      }
      await scheduler.close();
      expect(aws.sort()).toEqual(embedded.sort());
      expect(new Set(aws).size).toBe(aws.length);
      compared += aws.length;
    }
    expect(compared).toBeGreaterThan(100);
  }, 120_000);

  test('keep every day of two years once, on both hosts the same, in five zones that change their clocks [K7]', async () => {
    // Each time lies in a zone's spring gap, in the repeated hour of autumn, or in both.
    const schedules = [
      ['Europe/Berlin', 2, 30],
      ['America/New_York', 1, 30],
      ['Australia/Lord_Howe', 2, 15],
      ['America/Santiago', 0, 30],
      ['Europe/London', 1, 30],
    ].map(([timeZone, hour, minute], index) => ({
      id: `of-${index}`,
      cron: `${minute} ${hour} * * *`,
      ...{ timeZone: String(timeZone), hour: Number(hour), minute: Number(minute) },
    }));
    const [from, to] = ['2027-01-01T12:00:00Z', '2029-01-01T12:00:00Z'];
    scene = await Scene.open(schedules.map(({ id, cron, timeZone }) => ({ id, cron, timeZone })));
    // These timers are set a day ahead, so two sweeps a day are enough; a timer still makes each call.
    const timers = new ManualTimers(24 * 60 * MINUTE);
    const host = { ...scene.host, timers };
    scene.at(from);
    await keepSchedules(host);
    const aws: string[] = [];
    for (let sweep = Date.parse(from); sweep < Date.parse(to); sweep += 12 * 60 * MINUTE) {
      for (const timer of timers.take(new Date(sweep + 12 * 60 * MINUTE))) {
        scene.at(timer.at);
        if ((await keepCall(host, { ...timer, timer: true })) !== undefined)
          aws.push(`${timer.scheduleId} ${timer.at.toISOString()}`);
      }
      scene.at(new Date(sweep + 12 * 60 * MINUTE));
      await keepSchedules(host);
    }

    const embedded: string[] = [];
    for (const { id } of schedules)
      await host.catalog.commit([put('schedule', { id, lastFiredAt: new Date(from).toISOString() })]);
    const scheduler = new Scheduler({
      schedules: () => everySchedule(host),
      catalog: host.catalog,
      clock: { now: () => scene.now },
      log: host.log,
      onFire: async ({ id }, at) => {
        embedded.push(`${id} ${at.toISOString()}`);
        return undefined;
      },
      onMissed: async () => {
        throw new Error('nothing is missed');
      },
    });
    scene.at(from);
    await scheduler.look();
    while (scene.now < new Date(to)) {
      // The scheduler's own timer wakes it, half a minute late.
      const next = schedules.map(({ id }) => scheduler.next(id)?.getTime() ?? Number.POSITIVE_INFINITY);
      scene.at(new Date(Math.min(...next) + 30_000));
      await scheduler.look();
    }
    await scheduler.close();

    const expected = schedules.flatMap((one) =>
      firstOfEachDay(one, { from, to }).map((at) => `${one.id} ${at}`),
    );
    expect(aws.toSorted()).toEqual(expected.toSorted());
    expect(embedded.filter((one) => one.slice(5) <= new Date(to).toISOString()).toSorted()).toEqual(
      expected.toSorted(),
    );
    expect(expected.length).toBeGreaterThan(5 * 730);
    const { total } = await host.catalog.list('backup', { limit: 0 });
    expect(total).toBe(expected.length);
  }, 600_000);

  test('see to a time that no timer called for: one record or one run, never a burst [B15] [K7]', async () => {
    scene = await Scene.open();
    await make({ id: 'recorded', cron: '0 * * * *' });
    await make({ id: 'made-up', cron: '0 * * * *', catchUp: 'run' });
    scene.at('2026-12-01T12:30:00Z');
    scene.timers.standing.clear();
    await keepSchedules(scene.host);
    await keepSchedules(scene.host);
    expect(
      (await scene.records()).sort((a, b) => (String(a.scheduleId) < String(b.scheduleId) ? -1 : 1)),
    ).toEqual([
      { scheduleId: 'made-up', shortError: expect.stringContaining('switched off') },
      { scheduleId: 'recorded', shortError: 'missed: Holdfast was not running at 2026-12-01T12:00:00.000Z' },
    ]);
    expect((await scene.events()).sort()).toEqual(['backup.failed', 'schedule.missed']);
  });

  test('leave a time that is young to its timer', async () => {
    scene = await Scene.open();
    await make({ id: 'nightly', cron: '0 3 * * *' });
    scene.at('2026-12-01T03:09:00Z');
    await keepSchedules(scene.host);
    expect(await scene.records()).toEqual([]);
    scene.at('2026-12-01T03:11:00Z');
    await keepSchedules(scene.host);
    expect(await scene.records()).toHaveLength(1);
  });

  test('that outlive their schedule, or its time, start nothing [C13]', async () => {
    scene = await Scene.open();
    const at = new Date('2026-12-01T03:00:00Z');
    await make({ id: 'gone', cron: '0 3 * * *' });
    await deleteSchedule(scene.host, admin, 'gone');
    await make({ id: 'paused', cron: '0 3 * * *' });
    await pauseSchedule(scene.host, admin, 'paused');
    await make({ id: 'moved', cron: '0 3 * * *' });
    await replaceSchedule(
      scene.host,
      admin,
      'moved',
      createScheduleSchema.parse({ id: 'moved', cron: '0 4 * * *' }),
    );
    scene.at(at);
    for (const scheduleId of ['gone', 'paused', 'moved'])
      expect(await keepCall(scene.host, { scheduleId, at, timer: true })).toBeUndefined();
    expect(await scene.records()).toEqual([]);
  });

  test('are taken back when their schedule is changed, and set anew', async () => {
    scene = await Scene.open();
    await make({ id: 'soon', cron: '10 0 * * *' });
    expect([...scene.timers.standing.keys()]).toEqual(['soon 2026-12-01T00:10:00.000Z']);
    await replaceSchedule(
      scene.host,
      admin,
      'soon',
      createScheduleSchema.parse({ id: 'soon', cron: '15 0 * * *' }),
    );
    expect([...scene.timers.standing.keys()]).toEqual(['soon 2026-12-01T00:15:00.000Z']);
    await deleteSchedule(scene.host, admin, 'soon');
    expect([...scene.timers.standing.keys()]).toEqual([]);
  });

  test('that cannot be set keep no schedule from being made; the sweep sets them [K7]', async () => {
    scene = await Scene.open();
    scene.timers.broken = true;
    await make({ id: 'soon', cron: '10 0 * * *' });
    await expect(keepSchedules(scene.host)).rejects.toThrow('does not answer');
    scene.timers.broken = false;
    await keepSchedules(scene.host);
    expect([...scene.timers.standing.keys()]).toEqual(['soon 2026-12-01T00:10:00.000Z']);
  });

  test('call for the first of two equal times on the wall, whichever of both another clock means [K7]', async () => {
    scene = await Scene.open([{ id: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin' }]);
    scene.at('2027-10-31T00:30:00Z');
    const call = (at: string) =>
      keepCall(scene.host, { scheduleId: 'nightly', at: new Date(at), timer: false });
    const first = await call('2027-10-31T00:30:00Z');
    scene.at('2027-10-31T01:30:00Z');
    expect(await call('2027-10-31T01:30:00Z')).toBe(first);
  });
});

describe('a schedule that is resumed, or changed', () => {
  test('has missed nothing meanwhile, and does not run at once [C13]', async () => {
    scene = await Scene.open();
    await make({ id: 'hourly', cron: '0 * * * *', catchUp: 'run' });
    await pauseSchedule(scene.host, admin, 'hourly');
    scene.at('2026-12-03T12:30:00Z');
    await keepSchedules(scene.host);
    await resumeSchedule(scene.host, admin, 'hourly');
    await keepSchedules(scene.host);
    expect(await scene.records()).toEqual([]);
    expect(await scene.runTo('2026-12-03T13:00:00Z')).toEqual(['hourly 2026-12-03T13:00']);
  });
});

describe('whoever made a schedule', () => {
  test('answers for it: without their token it stops, says so once, and goes on for who resumes it [C13]', async () => {
    scene = await Scene.open();
    const { view } = await createToken(scene.host, admin, {
      name: 'ops',
      role: 'operator',
      domain: undefined,
      expiresInSeconds: undefined,
    });
    const ops = { id: view.id, name: 'ops', kind: 'token' as const, grants: [{ role: 'operator' as const }] };
    await createSchedule(scene.host, ops, createScheduleSchema.parse({ id: 'nightly', cron: '0 3 * * *' }));
    await stopOrphanedSchedules(scene.host);
    expect((await showSchedule(scene.host, ops, 'nightly')).state).toBe('active');
    await revokeToken(scene.host, admin, view.id, { children: false });
    await stopOrphanedSchedules(scene.host);
    await stopOrphanedSchedules(scene.host);
    expect(await showSchedule(scene.host, admin, 'nightly')).toMatchObject({
      state: 'stopped',
      stateReason: expect.stringContaining('ops, who is responsible for it'),
      nextRuns: [],
    });
    const ofSchedules = (await scene.events()).filter((type) => type.startsWith('schedule.'));
    expect(ofSchedules).toEqual(['schedule.stopped']);
    expect(await scene.runTo('2026-12-01T12:00:00Z')).toEqual([]);
    await resumeSchedule(scene.host, admin, 'nightly');
    expect((await showSchedule(scene.host, admin, 'nightly')).state).toBe('active');
  });

  test('gives it no more rights than they have, and sees none of other domains', async () => {
    scene = await Scene.open();
    const ofDomain = { ...admin, grants: [{ role: 'operator' as const, domain: 'root' }] };
    const said = { id: 'all', cron: '@daily' };
    await expect(
      createSchedule(scene.host, ofDomain, createScheduleSchema.parse(said)),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
    await make(said);
    await expect(showSchedule(scene.host, ofDomain, 'all')).rejects.toMatchObject({ code: 'not_found' });
    await expect(pauseSchedule(scene.host, ofDomain, 'all')).rejects.toMatchObject({ code: 'not_found' });
    const own = createScheduleSchema.parse({ id: 'root_own', cron: '@daily', scope: 'domain' });
    expect(await createSchedule(scene.host, ofDomain, own)).toMatchObject({ domain: 'root' });
    const elsewhere = { ...own, id: 'other_own', domain: 'other' };
    await expect(createSchedule(scene.host, ofDomain, elsewhere)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});
