import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { newBackupRecord } from '../../../lib/operations/backup/new-backup-record.ts';
import { failOperation } from '../../../lib/operations/engine/fail-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { noteWaiting } from '../../../lib/operations/schedules/schedule-state.ts';
import { sayStanding } from '../../../lib/operations/upkeep/say-standing.ts';
import { readVitalSigns } from '../../../lib/operations/upkeep/vital-signs.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleDelivery, sampleEvent } from '../../contract/sample-records.ts';
import { administrator } from '../../principals.ts';

const folder = temporaryFolders();
const config = configSchema.parse({
  schedules: [{ id: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', label: 'nightly' }],
});
const principal = administrator('schedule nightly');

/** Runs `use` with a host whose clock the test sets, and with its log. */
const withHost = async (
  use: (host: OperatingHost, at: (instant: string) => void, log: Record<string, unknown>[]) => Promise<void>,
): Promise<void> => {
  let now = new Date('2026-03-01T12:00:00Z');
  const lines: Record<string, unknown>[] = [];
  const host = await openEmbeddedHost({
    data: await folder(),
    config,
    log: new JsonLogger({ pretty: false, write: (line) => lines.push(JSON.parse(line)) }),
    clock: { now: () => now },
  });
  try {
    await use(
      host,
      (instant) => {
        now = new Date(instant);
      },
      lines,
    );
  } finally {
    await host.close();
  }
};

const recordOf = (host: OperatingHost) =>
  newBackupRecord(host, principal, createBackupSchema.parse({ label: 'nightly' }), {
    scheduleId: 'nightly',
    domain: 'root',
    components: [],
  });

describe('vital signs', () => {
  test('a schedule whose time passed without a backup is missed, until one is made [B15]', () =>
    withHost(async (host, at) => {
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
      at('2026-03-02T03:10:00Z');
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
      at('2026-03-02T03:20:00Z');
      expect((await readVitalSigns(host)).missedSchedules).toEqual(['nightly']);
      at('2026-03-03T03:00:05Z');
      await host.catalog.commit([put('backup', recordOf(host), 'absent')]);
      at('2026-03-03T03:20:00Z');
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
    }));

  test('a schedule that waits for another operation to end has missed nothing yet [B15]', () =>
    withHost(async (host, at) => {
      await readVitalSigns(host);
      at('2026-03-02T04:00:00Z');
      await noteWaiting(host.catalog, 'nightly', new Date('2026-03-02T03:00:00Z'));
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
      await host.catalog.commit([
        put('schedule', { id: 'nightly', lastFiredAt: '2026-03-01T03:00:00.000Z' }),
      ]);
      expect((await readVitalSigns(host)).missedSchedules).toEqual(['nightly']);
    }));

  test('a new schedule has missed nothing', () =>
    withHost(async (host, at) => {
      at('2026-03-02T04:00:00Z');
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
    }));

  test('an operation is as old as its start, and overdue after its lease', () =>
    withHost(async (host, at) => {
      const { id } = recordOf(host);
      const operation = { id, kind: 'backup' as const, backupId: id, startedAt: '2026-03-01T12:00:00Z' };
      await host.catalog.take({ operation, leaseUntil: '2026-03-01T12:20:00Z' }, []);
      at('2026-03-01T12:30:00Z');
      expect(await readVitalSigns(host)).toMatchObject({ lockHeldSeconds: 1800, leaseOverdueSeconds: 600 });
    }));

  test('the outbox is as old as its oldest event', () =>
    withHost(async (host, at) => {
      const event = sampleEvent({ at: '2026-03-01T12:00:00Z' });
      await host.catalog.commit([put('event', event)]);
      at('2026-03-01T12:45:00Z');
      expect(await readVitalSigns(host)).toMatchObject({ outboxWaiting: 1, outboxOldestSeconds: 2700 });
    }));

  test('the outbox is as old as the oldest delivery that waits, whenever that is tried next, and dead ones are counted', () =>
    withHost(async (host, at) => {
      const times = { createdAt: '2026-03-01T12:00:00Z', nextAttemptAt: '2026-03-01T13:00:00Z' };
      await host.catalog.commit([
        put('delivery', sampleDelivery(times)),
        put('delivery', sampleDelivery({ ...times, createdAt: '2026-03-01T12:30:00Z' })),
        put('delivery', sampleDelivery({ state: 'dead', endedAt: '2026-03-01T12:30:00Z' })),
      ]);
      at('2026-03-01T12:45:00Z');
      expect(await readVitalSigns(host)).toMatchObject({
        outboxWaiting: 2,
        outboxOldestSeconds: 2700,
        ...{ deadDeliveries: 1, newDeadDeliveries: 1 },
      });
      // A day later the delivery no longer counts as new, because people stop noticing an alarm that never
      // ends.
      at('2026-03-02T12:30:01Z');
      expect(await readVitalSigns(host)).toMatchObject({ deadDeliveries: 1, newDeadDeliveries: 0 });
    }));
});

describe('what the sweep says to CloudWatch [B28] [B15]', () => {
  test('is how old the last success of each component is, and what is overdue and dead; nothing of one that never was', () =>
    withHost(async (host, at) => {
      const said: object[] = [];
      const measuring: OperatingHost = {
        ...host,
        config: {
          ...config,
          components: configSchema.parse({
            components: ['files', 'never'].map((id) => ({ id, kind: 'directory', path: `/srv/${id}` })),
          }).components,
        },
        measure: (dimensions, numbers, units) =>
          said.push({ dimensions, numbers, units: Object.keys(units) }),
      };
      const component = {
        ...{ kind: 'directory', state: 'SUCCESS' as const, capturedAt: null, shortError: '' },
        ...{ sourceBytes: 1, entries: 1, skipped: [], skippedCount: 0 },
      };
      const completedAt = '2026-03-01T12:10:00.000Z';
      const backup = {
        ...recordOf(host),
        ...{
          state: 'SUCCESS' as const,
          completedAt,
          verifiedAt: completedAt,
          components: { files: component },
        },
      };
      await host.catalog.commit([
        put('backup', backup),
        put('delivery', sampleDelivery({ state: 'dead', endedAt: completedAt })),
      ]);
      at('2026-03-02T03:20:00Z');
      await sayStanding(measuring);
      const age = (Date.parse('2026-03-02T03:20:00Z') - Date.parse(completedAt)) / 1000;
      expect(said).toMatchObject([
        { dimensions: { Component: 'files' }, numbers: { LastSuccessAge: age, LastVerifiedAge: age } },
        {
          dimensions: {},
          numbers: { Backups: 1, Keys: 0, SchedulesOverdue: 1, DeliveriesWaiting: 0, DeliveriesDead: 1 },
        },
      ]);
      await sayStanding(host);
      expect(said).toHaveLength(2);
    }));
});

describe('a failure in a distributed Map [D4]', () => {
  test('is told in the words of the capture that failed, and in the line that the alarm counts', () =>
    withHost(async (host, _at, lines) => {
      const record = recordOf(host);
      const operation = {
        id: record.id,
        kind: 'backup' as const,
        backupId: record.id,
        startedAt: record.createdAt,
      };
      const summary = {
        ...{ backupId: record.id, component: 'files', shard: 0, kind: 'directory', state: 'FAILED' as const },
        ...{ capturedAt: record.createdAt, sourceBytes: 0, entries: 0, details: {} },
        ...{ skippedCount: 0, skipped: [] },
        shortError: 'the disk said no',
      };
      const { operationId, fence } = await host.catalog.take(
        { operation, leaseUntil: '2026-03-01T12:20:00Z' },
        [put('backup', record, 'absent'), put('captureSummary', summary)],
      );
      const context = { host, signal: new AbortController().signal, remainingMilliseconds: () => 60_000 };
      const caught = {
        Error: 'States.ExceedToleratedFailureThreshold',
        Cause: 'The specified tolerated failure threshold was exceeded',
      };
      await failOperation(context, { operationId, fence }, caught);
      expect((await host.catalog.get('backup', record.id))?.record).toMatchObject({
        state: 'FAILED',
        shortError: 'the disk said no',
      });
      // lib/infra/watch/metrics.ts counts log messages of the form `* ended: FAILED`.
      expect(lines.map(({ message }) => message)).toContain('backup ended: FAILED');
    }));
});
