import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SqliteCatalog } from '../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import { newId } from '../../../lib/model/ids.ts';
import type { OperationKind } from '../../../lib/model/records/operation.ts';
import type { ResealRecord } from '../../../lib/model/records/reseal.ts';
import type { ImportRecord } from '../../../lib/model/records/transfer.ts';
import { type Change, put } from '../../../lib/ports/catalog/catalog.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

let here: Installation;
const config = { installation: 'test', components: [{ id: 'files', kind: 'directory', path: 'source' }] };

beforeAll(async () => {
  here = await Installation.start({ config: () => config });
  await writeTree(here.path('source'), { 'a.txt': 'alpha' });
}, 60_000);
afterAll(() => here.close());

const at = '2026-11-20T03:00:00.000Z';
const accepted = (label: string, step: string) => ({
  id: newId(label),
  state: 'IN_PROGRESS' as const,
  shortError: '',
  createdBy: 'somebody',
  createdAt: at,
  completedAt: null,
  progress: { step, sourceBytes: 0, entries: 0, expectedBytes: null, cancelledBy: null, updatedAt: at },
});

/** Puts the catalog into the state that a server killed during an operation leaves, and starts the server. */
const startAfterCrash = async (
  kind: OperationKind,
  { id, backupId }: { id: string; backupId: string },
  record: Change,
): Promise<void> => {
  await here.end('SIGTERM');
  const catalog = new SqliteCatalog(join(here.data, 'catalog.db'));
  await catalog.take({ operation: { id, kind, backupId, startedAt: at }, leaseUntil: at }, [record]);
  catalog.close();
  await here.startServer();
};

describe('an operation that a crash left is ended by the next start [B1]', () => {
  test('an import, also when its place is no longer one that the configuration names', async () => {
    const record: ImportRecord = {
      ...accepted('import', 'place-archive'),
      backupId: newId('backup'),
      uploadId: newId('upload'),
      fileName: 'archive.tar',
      backupPath: here.path('vault'),
      archiveBytes: 1,
      sha256: '',
      keyId: null,
      signature: 'trusted',
    };
    await startAfterCrash('import', record, put('import', record, 'absent'));
    const { body } = await here.api.get(`/v1/imports/${record.id}`);
    expect(body).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('interrupted') });
    expect((await here.api.backup()).state).toBe('SUCCESS');
  }, 60_000);

  test('a re-seal, also when the record of its backup is gone', async () => {
    const record: ResealRecord = {
      ...accepted('reseal', 'reseal-archive'),
      backupId: newId('backup'),
      from: { mode: 'passphrase' },
      keyId: newId('key'),
      trusted: false,
      manifestSha256: 'a'.repeat(64),
      sha256: '',
    };
    await startAfterCrash('reseal', record, put('reseal', record, 'absent'));
    const { body } = await here.api.get(`/v1/reseals/${record.id}`);
    expect(body).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('interrupted') });
    expect((await here.api.backup()).state).toBe('SUCCESS');
  }, 60_000);
});
