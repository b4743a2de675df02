import { describe, expect, test } from '@jest/globals';
import { openEmbeddedHost } from '../../lib/hosts/embedded/embedded-host.ts';
import { JsonLogger } from '../../lib/hosts/json-logger.ts';
import { configSchema } from '../../lib/model/config.ts';
import { createBackupSchema } from '../../lib/model/requests.ts';
import { newBackupRecord } from '../../lib/operations/backup/new-backup-record.ts';
import { readVitalSigns } from '../../lib/operations/installation/vital-signs.ts';
import { failOperation } from '../../lib/operations/workflow/fail-operation.ts';
import { put } from '../../lib/ports/catalog.ts';
import type { Host } from '../../lib/ports/host.ts';
import { sampleEvent } from '../contract/sample-records.ts';
import { temporaryFolders } from '../hosts/embedded/temporary-folder.ts';

const folder = temporaryFolders();
const config = configSchema.parse({
  schedules: [{ id: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', label: 'nightly' }],
});
const principal = { name: 'schedule nightly', role: 'administrator' as const };

/** A host whose clock stands where it is put, and its log. */
const withHost = async (
  use: (host: Host, at: (instant: string) => void, log: Record<string, unknown>[]) => Promise<void>,
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

const recordOf = (host: Host) =>
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

  test('a new schedule has missed nothing', () =>
    withHost(async (host, at) => {
      at('2026-03-02T04:00:00Z');
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
    }));

  test('an operation is as old as its start, and overdue after its lease', () =>
    withHost(async (host, at) => {
      const { id } = recordOf(host);
      const operation = { id, kind: 'backup' as const, backupId: id, startedAt: '2026-03-01T12:00:00Z' };
      await host.catalog.commit([], { take: { operation, leaseUntil: '2026-03-01T12:20:00Z' } });
      at('2026-03-01T12:30:00Z');
      expect(await readVitalSigns(host)).toMatchObject({ lockHeldSeconds: 1800, leaseOverdueSeconds: 600 });
    }));

  test('the outbox is as old as its oldest event', () =>
    withHost(async (host, at) => {
      const event = sampleEvent({ at: '2026-03-01T12:00:00Z', nextAttemptAt: '2026-03-01T12:00:00Z' });
      await host.catalog.commit([put('event', event)]);
      at('2026-03-01T12:45:00Z');
      expect(await readVitalSigns(host)).toMatchObject({ outboxWaiting: 1, outboxOldestSeconds: 2700 });
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
      const { operationId, fence } = await host.catalog.commit(
        [put('backup', record, 'absent'), put('captureSummary', summary)],
        { take: { operation, leaseUntil: '2026-03-01T12:20:00Z' } },
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
      // lib/infra/metrics.ts counts `* ended: FAILED`.
      expect(lines.map(({ message }) => message)).toContain('backup ended: FAILED');
    }));
});
