import { describe, expect, test } from '@jest/globals';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { newId } from '../../../lib/model/ids.ts';
import type { CaptureSummary } from '../../../lib/model/records/capture.ts';
import type { Operation } from '../../../lib/model/records/operation.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { sweep } from '../../../lib/operations/upkeep/sweep.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { auditGroup } from '../../../lib/ports/catalog/placement.ts';
import { openEmbeddedHost } from '../../../lib/runtimes/server/embedded-host.ts';
import { temporaryFolders } from '../../adapters/local/temporary-folder.ts';
import { sampleEvent, sampleOperation } from '../../contract/sample-records.ts';
import { StepwiseHost } from '../stepwise-host.ts';

const folder = temporaryFolders();
const startedAt = new Date().toISOString();

const withHost = async (use: (host: OperatingHost, log: string[]) => Promise<void>): Promise<void> => {
  const log: string[] = [];
  const host = await openEmbeddedHost({
    data: await folder(),
    config: configSchema.parse({}),
    log: new JsonLogger({ pretty: false, write: (line) => log.push(JSON.parse(line).message) }),
  });
  try {
    await use(host, log);
  } finally {
    await host.close();
  }
};

const summaryOf = ({ id }: Operation): CaptureSummary => ({
  ...{ backupId: id, component: 'files', shard: 0, kind: 'directory', state: 'SUCCESS' },
  ...{ capturedAt: startedAt, sourceBytes: 0, entries: 0, skippedCount: 0, skipped: [] },
  ...{ details: {}, shortError: '' },
});

/** What remains when an operation stops right after the transaction that ends it. */
const leaveTraces = (host: OperatingHost, operation: Operation): Promise<void> =>
  host.catalog.commit([
    put('run', operation),
    put('captureSummary', summaryOf(operation)),
    put('logChunk', { operationId: operation.id, at: startedAt, part: 'plan/0', lines: ['one'] }),
    put('sealedKey', { ownerId: operation.id, member: 'key.age', sealed: 'AA==' }),
  ]);

const tracesOf = async (host: OperatingHost, { id }: Operation): Promise<number> => {
  const { total: summaries } = await host.catalog.list('captureSummary', { group: id });
  const { total: chunks } = await host.catalog.list('logChunk', { group: id });
  const kept = [await host.catalog.get('run', id), await host.catalog.get('sealedKey', id)];
  return summaries + chunks + kept.filter((one) => one !== undefined).length;
};

describe('the sweep', () => {
  test('removes the traces of operations that ended, and no others [B1]', () =>
    withHost(async (host) => {
      const [ended, running] = [sampleOperation({ startedAt }), sampleOperation({ startedAt })];
      await host.catalog.take(
        { operation: running, leaseUntil: new Date(Date.now() + 60_000).toISOString() },
        [],
      );
      for (const operation of [ended, running]) await leaveTraces(host, operation);
      await sweep(host);
      expect(await tracesOf(host, ended)).toBe(0);
      expect(await tracesOf(host, running)).toBe(4);
    }));

  test('removes tokens that ended a month ago, says so in the audit trail, and leaves all others', () =>
    withHost(async (host) => {
      const days = (n: number): string => new Date(Date.now() + n * 24 * 3600_000).toISOString();
      const ends = { old: days(-31), recent: days(-29), coming: days(1), never: null };
      for (const [name, expiresAt] of Object.entries(ends))
        await host.catalog.commit([
          put('token', {
            ...{ id: newId('token'), hash: name, name, role: 'auditor', domain: null, expiresAt },
            ...{ createdAt: startedAt, createdBy: 'test', madeWith: null },
          }),
        ]);
      await sweep(host);
      const { records } = await host.catalog.list('token');
      expect(records.map(({ name }) => name).sort()).toEqual(['coming', 'never', 'recent']);
      const { records: rows } = await host.catalog.list('audit', { group: auditGroup(0) });
      expect(rows.filter(({ action }) => action === 'token.forget')).toMatchObject([
        {
          actor: { kind: 'host', name: 'system:tokens' },
          outcome: 'done',
          note: `it expired at ${ends.old}`,
        },
      ]);
    }));

  test('takes every step though one fails, and tells of the failure', () =>
    withHost(async (host, log) => {
      const ended = sampleOperation({ startedAt });
      await leaveTraces(host, ended);
      await host.catalog.commit([put('event', sampleEvent())]);
      const broken: OperatingHost = Object.create(host, {
        objects: {
          value: Object.create(host.objects, {
            uploads: { value: () => Promise.reject(new Error('the bucket does not answer')) },
          }),
        },
      });
      await expect(sweep(broken)).rejects.toThrow('the bucket does not answer');
      expect(log).toContainEqual(
        'the sweep could not remove pieces of ended operations; the next sweep tries again',
      );
      expect(await tracesOf(host, ended)).toBe(0);
      expect((await host.catalog.list('event')).total).toBe(0);
    }));

  /** Simulates a restore of the catalog's table to an earlier time, or a lost item of its lock. */
  const loseLock = async (of: StepwiseHost): Promise<void> =>
    void (await of.host.catalog.commit([], { under: await of.hold(), release: true }));

  test('fails an operation that lost its lock without an end, and leaves nothing of it [B1]', async () => {
    const stepwise = await StepwiseHost.open();
    const { id } = await stepwise.request();
    await stepwise.run('capture');
    const old = await stepwise.hold();
    await loseLock(stepwise);
    await sweep(stepwise.host);
    expect((await stepwise.host.catalog.get('backup', id))?.record).toMatchObject({
      state: 'FAILED',
      errorCode: 'interrupted',
      shortError: expect.stringMatching(/it no longer holds the lock.*start it again/),
    });
    expect(await stepwise.workflow.status(id)).toBe('ABORTED');
    expect((await stepwise.host.catalog.lock()).holder).toBeUndefined();
    expect(await stepwise.host.objects.uploads()).toEqual([]);
    expect((await stepwise.host.catalog.list('event')).total).toBe(0);
    expect(await stepwise.host.catalog.get('run', id)).toBeUndefined();
    await expect(sealArchive(stepwise.context(), old)).rejects.toMatchObject({ code: 'fence_lost' });
    expect(await stepwise.backup()).toMatchObject({ state: 'SUCCESS' });
    await stepwise.close();
  });

  test('waits with that for the end of another operation, which it does not touch', async () => {
    const stepwise = await StepwiseHost.open();
    const { id } = await stepwise.request();
    await loseLock(stepwise);
    const other = await stepwise.request();
    await sweep(stepwise.host);
    const stateOf = async (backup: string) =>
      (await stepwise.host.catalog.get('backup', backup))?.record.state;
    expect([await stateOf(id), await stateOf(other.id)]).toEqual(['IN_PROGRESS', 'IN_PROGRESS']);
    await stepwise.run('complete');
    await sweep(stepwise.host);
    expect([await stateOf(id), await stateOf(other.id)]).toEqual(['FAILED', 'SUCCESS']);
    await stepwise.close();
  });
});
