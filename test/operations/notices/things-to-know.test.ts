/**
 * Notices about things other than the end of an operation; every row of the table of events causes a notice
 * somewhere.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { otherEventTypes } from '../../../lib/model/records/event-types.ts';
import { verifyTrail } from '../../../lib/operations/audit/seal-trail.ts';
import { tellOfFaults } from '../../../lib/operations/audit/tell-trail.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { createBackupKey } from '../../../lib/operations/keys/backup-keys.ts';
import { notify } from '../../../lib/operations/notices/notify.ts';
import { openInstallation } from '../../../lib/operations/upkeep/open-installation.ts';
import { tellOfLittleRoom, tellOfLongLock } from '../../../lib/operations/upkeep/tell-standing.ts';
import { everyRecord } from '../../../lib/ports/catalog/every-record.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleOperation } from '../../contract/sample-records.ts';

const folder = temporaryFolders();

const withHost = async (use: (host: OperatingHost) => Promise<void>): Promise<void> => {
  const host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({}),
    log: new JsonLogger({ pretty: false, write: () => undefined }),
  });
  try {
    await use(host);
  } finally {
    await host.close();
  }
};

const at = (host: OperatingHost, time: string): OperatingHost => ({
  ...host,
  clock: { now: () => new Date(time) },
});

/** The notices so far, which have not been delivered to channels. */
const told = async (host: OperatingHost): Promise<{ type: string; title: string | undefined }[]> =>
  (await Array.fromAsync(everyRecord(host, 'event'))).map(({ type, title }) => ({ type, title }));

describe('what must be known', () => {
  test('has code that tells of it, whatever it is', async () => {
    const sources: string[] = [];
    for await (const file of glob('lib/{operations,api}/**/*.ts')) sources.push(readFileSync(file, 'utf8'));
    const everything = sources.join('\n');
    expect(otherEventTypes.filter((type) => !everything.includes(`'${type}'`))).toEqual([]);
  });

  test('is in the table of docs/notices.md', () => {
    const page = readFileSync('docs/notices.md', 'utf8');
    expect(otherEventTypes.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
  });

  test('an operation that has held the lock for a day is told of, once [B15]', () =>
    withHost(async (host) => {
      const operation = sampleOperation({ startedAt: '2026-11-01T00:00:00.000Z' });
      await host.catalog.take({ operation, leaseUntil: '2026-11-03T00:00:00.000Z' }, []);
      await tellOfLongLock(at(host, '2026-11-01T23:59:00.000Z'));
      expect(await told(host)).toEqual([]);
      for (const time of ['2026-11-02T00:00:01.000Z', '2026-11-02T00:15:00.000Z'])
        await tellOfLongLock(at(host, time));
      expect(await told(host)).toEqual([
        {
          type: 'lock.held-long',
          title: expect.stringContaining(`${operation.id} has held the lock for 24 hours`),
        },
      ]);
      await notify(host);
      await tellOfLongLock(at(host, '2026-11-02T00:30:00.000Z'));
      expect(await told(host)).toEqual([]);
    }));

  test('little room for archives is told of, once a day while it lasts [B15]', () =>
    withHost(async (whole) => {
      let free: number | undefined = 5_000_000_000;
      const objects = new Proxy(whole.objects, {
        get: (store, name) =>
          name === 'freeBytes' ? async () => free : Reflect.get(store, name).bind(store),
      });
      const host = { ...whole, objects };
      const look = async (time: string) => tellOfLittleRoom(at(host, time));
      await look('2026-11-01T00:00:00.000Z');
      expect(await told(host)).toEqual([]);
      free = 999_000_000;
      for (const time of ['2026-11-01T01:00:00.000Z', '2026-11-01T23:00:00.000Z', '2026-11-02T01:00:00.000Z'])
        await look(time);
      const title = 'archives have 999 MB of space left';
      expect(await told(host)).toEqual([
        { type: 'store.nearly-full', title },
        { type: 'store.nearly-full', title },
      ]);
      free = undefined;
      await look('2026-11-03T01:00:00.000Z');
      expect(await told(host)).toHaveLength(2);
    }));

  test('a trail that is not as it was written is told of by whoever looks, once a day', () =>
    withHost(async (host) => {
      await openInstallation(host);
      const fault = { seq: 7, fault: 'is another row' };
      const check = { ...(await verifyTrail(host, {})), valid: false, faults: [fault, fault] };
      await tellOfFaults(host, { ...check, faults: [] });
      expect(await told(host)).toEqual([]);
      for (let n = 0; n < 2; n++) await tellOfFaults(host, check);
      expect(await told(host)).toEqual([
        { type: 'audit.broken', title: 'the audit trail was changed after it was written' },
      ]);
    }));

  test('keys that the installation makes for itself are not told of', () =>
    withHost(async (host) => {
      await openInstallation(host);
      const made = { scope: 'system', domain: 'root', isDefault: false, postQuantum: false } as const;
      await createBackupKey(host, { ...made, createdBy: 'first start' });
      expect(await told(host)).toEqual([]);
    }));
});
