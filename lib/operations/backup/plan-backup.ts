import { makeHead } from '../../archive/container/head.ts';
import { FORMAT_VERSION, HEAD_NAME, type Head } from '../../archive/format.ts';
import { componentFor } from '../../components/index.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { CaptureGroup } from '../../model/records/capture.ts';
import { type Hold, put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { archiveObject } from '../archives/archive-source.ts';
import { getRecord, markStep } from '../workflow/operation-record.ts';
import { openRunLog } from '../workflow/run-log.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { type CaptureTaskName, handOutWork, type PlannedCapture } from './capture-work.ts';
import { HEAD_COMPONENT } from './captured.ts';
import { settingsOf } from './component-settings.ts';

/** What a backup's `holdfast.json` says: all of it is known from the record before the first byte is captured. */
export const headOf = ({ config, segmentBytes }: Host, record: BackupRecord): Head => ({
  format: FORMAT_VERSION,
  backupId: record.id,
  installation: config.installation,
  createdAt: record.createdAt,
  createdBy: record.createdBy,
  description: record.description,
  scope: record.scope,
  domain: record.domain,
  productVersion: record.productVersion,
  archiveKey: record.archiveKey,
  segmentBytes,
});

/** Checks every component before anything is captured, and cuts the work into tasks. @throws `component_unavailable`, `tool_missing` */
export const planBackup = async (
  { host, signal }: TaskContext,
  hold: Hold,
): Promise<{ tasks: CaptureTaskName[] }> => {
  const record = await getRecord(host, 'backup', hold.operationId);
  const log = openRunLog(host, hold, 'plan');
  await markStep(host, hold, 'backup', 'plan-backup');
  log.info(`backup ${record.id} of ${Object.keys(record.components).join(', ')} begins`, {
    by: record.createdBy,
  });

  await writeHead(host, hold, record);
  const planned: PlannedCapture[] = [];
  let expectedBytes: number | null = 0;
  try {
    for (const id of Object.keys(record.components)) {
      const component = componentFor(settingsOf(host, id));
      const task = {
        secrets: host.secrets,
        buckets: host.buckets,
        tables: host.tables,
        own: host.own,
        log: log.child({ component: id }),
        signal,
      };
      await component.check(task);
      const plan = await component.plan(task);
      planned.push(...plan.shards.map((shard) => ({ component: id, ...shard })));
      expectedBytes =
        expectedBytes === null || plan.expectedBytes === null ? null : expectedBytes + plan.expectedBytes;
    }
  } catch (thrown) {
    await log.tryFlush();
    throw thrown;
  }
  await log.flush();
  const tasks = await handOutWork(host, hold, planned);
  await markStep(host, hold, 'backup', 'capture', { expectedBytes });
  return { tasks };
};

/** Opens the upload and puts the members before the first segment. */
const writeHead = async (host: Host, hold: Hold, record: BackupRecord): Promise<void> => {
  const { bytes, members } = makeHead(headOf(host, record), {
    components: Object.entries(record.components).map(([id, { kind }]) => ({
      id,
      kind,
      ...componentFor(settingsOf(host, id)).content,
    })),
  });
  await host.objects.open(record.id, archiveObject(host, record));
  const piece = await host.objects.putPiece(record.id, HEAD_NAME, [bytes]);
  const group: CaptureGroup = {
    backupId: record.id,
    component: HEAD_COMPONENT,
    shard: 0,
    group: 0,
    members: [...members],
    pieces: [piece],
    sourceBytes: 0,
    entries: 0,
    skippedCount: 0,
    skipped: [],
    cursor: null,
  };
  await host.catalog.commit([put('captureGroup', group)], { under: hold });
};
