import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MeteredCatalog } from '../../../../lib/adapters/aws/catalog/metered-catalog.ts';
import { Metrics } from '../../../../lib/adapters/aws/metrics.ts';
import { SdkRetries } from '../../../../lib/adapters/aws/sdk/sdk-retries.ts';
import { SqliteCatalog } from '../../../../lib/adapters/local/catalog/sqlite-catalog.ts';
import type { CaptureSummary } from '../../../../lib/model/records/capture.ts';
import { temporaryFolders } from '../../local/temporary-folder.ts';

const newFolder = temporaryFolders();

test('a capture that has ended becomes metrics of its component in the embedded format, once it is committed', async () => {
  const lines: string[] = [];
  const retries = new SdkRetries();
  const inner = new SqliteCatalog(join(await newFolder(), 'catalog.db'));
  const metrics = new Metrics({ namespace: 'Holdfast/acme', write: (line) => lines.push(line) });
  const catalog = new MeteredCatalog({ catalog: inner, metrics, retries });
  const summary: CaptureSummary = {
    backupId: 'b',
    component: 'files',
    shard: 2,
    kind: 'directory',
    state: 'IN_PROGRESS',
    capturedAt: new Date(Date.now() - 2_000).toISOString(),
    sourceBytes: 1_234,
    entries: 5,
    details: {},
    skippedCount: 0,
    skipped: [],
    shortError: '',
  };
  await catalog.commit([{ put: 'captureSummary', record: summary }]);
  expect(lines).toEqual([]);
  retries.info({ metadata: { attempts: 3 } });
  const ended: CaptureSummary = { ...summary, state: 'SUCCESS' };
  await expect(
    catalog.commit([{ put: 'captureSummary', record: ended, expect: 'absent' }]),
  ).rejects.toMatchObject({ code: 'conflict' });
  expect(lines).toEqual([]);
  await catalog.commit([{ put: 'captureSummary', record: ended }]);
  const [retried, captured] = lines.map((line) => JSON.parse(line));
  expect(retried).toMatchObject({ Component: 'files', Retries: 2 });
  expect(captured).toMatchObject({
    Component: 'files',
    CapturedBytes: 1_234,
    CapturedEntries: 5,
    CapturesFailed: 0,
    operationId: 'b',
    _aws: { CloudWatchMetrics: [{ Namespace: 'Holdfast/acme', Dimensions: [['Component']] }] },
  });
  expect(captured.CaptureSeconds).toBeGreaterThanOrEqual(2);
  inner.close();
});
