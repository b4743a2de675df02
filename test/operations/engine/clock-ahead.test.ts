/** A clock that was ahead left times in the future: nothing waits until real time reaches them. */

import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import {
  afterFailure,
  attemptsNow,
  blockedUntil,
} from '../../../lib/operations/access/passwords/attempt-count.ts';
import { newBackupRecord } from '../../../lib/operations/backup/new-backup-record.ts';
import { freeAbandonedLock } from '../../../lib/operations/engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { notify } from '../../../lib/operations/notices/notify.ts';
import { sweep } from '../../../lib/operations/upkeep/sweep.ts';
import { readVitalSigns } from '../../../lib/operations/upkeep/vital-signs.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleDelivery, sampleEvent, sampleOperation } from '../../contract/sample-records.ts';
import { administrator } from '../../principals.ts';

const folder = temporaryFolders();
const NOW = '2026-11-29T12:00:00.000Z';
const AHEAD = '2031-01-01T00:00:00.000Z';

const withHost = async (
  use: (host: OperatingHost, at: (instant: string) => void, warnings: () => string) => Promise<void>,
): Promise<void> => {
  let now = NOW;
  const lines: string[] = [];
  const host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({ schedules: [{ id: 'nightly', cron: '0 3 * * *', label: 'nightly' }] }),
    log: new JsonLogger({ pretty: false, write: (line) => lines.push(line) }),
    clock: { now: () => new Date(now) },
  });
  try {
    await use(
      host,
      (instant) => {
        now = instant;
      },
      () => lines.filter((line) => line.includes('"warn')).join('\n'),
    );
  } finally {
    await host.close();
  }
};

describe('after a clock that was ahead', () => {
  test('an outcome is told now [K5]', () =>
    withHost(async (host) => {
      const event = sampleEvent();
      await host.catalog.commit([
        put('notice', { ...event, channels: ['log'] }),
        put('delivery', sampleDelivery({ noticeId: event.id, nextAttemptAt: AHEAD })),
      ]);
      expect(await notify(host)).toEqual({ delivered: 1, waiting: 0 });
    }));

  test('a lease is shortened, and a start that never came is given up [B1]', () =>
    withHost(async (host, at, warnings) => {
      const operation = sampleOperation({ startedAt: AHEAD });
      const taken = await host.catalog.take({ operation, leaseUntil: AHEAD }, []);
      const running: OperatingHost = {
        ...host,
        workflow: { ...host.workflow, status: async () => 'RUNNING' },
      };
      expect(await freeAbandonedLock(running)).toBe(false);
      const { holder } = await host.catalog.lock();
      expect(Date.parse(holder?.leaseUntil ?? '')).toBeLessThan(Date.parse('2026-11-29T13:00:00Z'));
      expect(warnings()).toContain('lease of the lock ends too far in the future');
      expect(taken.operationId).toBe(operation.id);
      at('2026-11-29T12:00:01.000Z');
      expect(await freeAbandonedLock(host)).toBe(true);
      expect((await host.catalog.lock()).holder).toBeUndefined();
    }));

  test('a schedule is watched again, and a backup from the future does not stand for those that are due [B15]', () =>
    withHost(async (host, at, warnings) => {
      await host.catalog.commit([put('schedule', { id: 'nightly', lastFiredAt: AHEAD })]);
      const record = newBackupRecord(
        host,
        administrator('schedule nightly'),
        createBackupSchema.parse({ label: 'nightly' }),
        { scheduleId: 'nightly', domain: 'root', components: [] },
      );
      await host.catalog.commit([put('backup', { ...record, createdAt: AHEAD })]);
      expect((await readVitalSigns(host)).missedSchedules).toEqual([]);
      expect(warnings()).toContain('is in the future');
      at('2026-11-30T03:20:00.000Z');
      expect((await readVitalSigns(host)).missedSchedules).toEqual(['nightly']);
    }));

  test('an upload and a remembered start are kept for a day from now, not for years', () =>
    withHost(async (host, at) => {
      const upload = {
        ...{ id: 'upload-6f9619ff-8b86-4011-b42d-00c04fc964ff', fileName: null, backupPath: '', bytes: 1 },
        ...{ partBytes: 1, parts: 1, sha256: null, createdBy: 'a', createdAt: AHEAD, expiresAt: AHEAD },
      };
      const start = { key: 'k', fingerprint: 'f', operationId: sampleOperation().id, createdAt: AHEAD };
      await host.catalog.commit([put('upload', upload), put('idempotency', start)]);
      await sweep(host);
      at('2026-11-30T12:10:00.000Z');
      await sweep(host);
      expect(await host.catalog.get('upload', upload.id)).toBeUndefined();
      expect(await host.catalog.get('idempotency', 'k')).toBeUndefined();
    }));

  test('a wait for the next password ends now, and the failures still count', () => {
    const then = Date.parse(AHEAD);
    let known = attemptsNow('key', undefined, then);
    for (let failure = 0; failure < 6; failure += 1) known = afterFailure(known, `${failure}`, then);
    expect(blockedUntil(known)).toBeGreaterThan(then);
    const now = attemptsNow('key', known, Date.parse(NOW));
    expect(blockedUntil(now)).toBe(0);
    expect(now.count).toBe(6);
    const again = afterFailure(now, 'next', Date.parse(NOW));
    expect(blockedUntil(again)).toBeGreaterThan(Date.parse(NOW));
    expect(blockedUntil(again)).toBeLessThan(Date.parse(NOW) + 3600_000);
  });
});
