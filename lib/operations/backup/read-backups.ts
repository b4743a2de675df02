/** Reads backups without changing anything. */

import { readContentsOn } from '../../archive/extract/contents/read-contents-on.ts';
import { type ListedEntry, readContentsPage } from '../../archive/reader/contents-pages.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord, BackupView } from '../../model/records/backup.ts';
import { type Operation, recordKindOf, type State } from '../../model/records/operation.ts';
import type { Page } from '../../model/requests/page.ts';
import type { Changes } from '../../ports/catalog/changes.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { seesOperation } from '../access/hidden-operation.ts';
import { isSeen, listPermitted } from '../access/permitted.ts';
import { type OpenWith, openArchiveKey } from '../keys/sealed-archive-key.ts';
import { verifyKeyId } from '../keys/verify-keys.ts';
import { standingFile } from '../stored/archive-owner.ts';
import { archiveObject } from '../stored/archive-source.ts';
import { assertReady } from '../stored/backup-readiness.ts';
import { findKeptLog } from '../stored/log-file-owner.ts';
import { openRequestedArchive } from '../stored/open-backup-archive.ts';
import { getRecord } from '../task/operation-record.ts';
import { statusOf } from '../task/restore-states.ts';
import { readRunLog } from '../task/run-log.ts';
import { componentsOf, readSummaries, totalsOf } from './capture/capture-summaries.ts';

/** A backup as the API shows it: with its restores and, while it runs, what its tasks have done so far. */
export const viewBackup = async (
  host: Host,
  record: BackupRecord,
  principal: Principal,
): Promise<BackupView> => {
  const records = await Array.fromAsync(everyRecord(host, 'restore', { group: record.id }));
  // Restores into a domain out of the caller's reach are left out.
  const seen = await Promise.all(records.map((one) => isSeen<'restore'>(host, principal, one)));
  const restores = await Promise.all(
    records
      .filter((_, index) => seen[index])
      .map(async (one) => ({
        id: one.id,
        state: one.state,
        dryRun: one.dryRun,
        componentStatus: await statusOf(host, one),
      })),
  );
  const signature = await signatureState(host, record);
  if (record.state !== 'IN_PROGRESS') return { ...record, signature, restores };
  const components = componentsOf(host, record, await readSummaries(host, record.id));
  const totals = totalsOf(components);
  return {
    ...record,
    components,
    ...totals,
    progress: { ...record.progress, ...totals },
    signature,
    restores,
  };
};

/** Whether the signer is trusted now: a verify key that is imported later makes its archives trusted. */
const signatureState = async (host: Host, { signedBy }: BackupRecord): Promise<BackupView['signature']> => {
  if (signedBy === null) return 'trusted';
  return (await host.catalog.get('verifyKey', verifyKeyId(signedBy))) === undefined
    ? 'unknown-signer'
    : 'trusted';
};

export const showBackup = async (host: Host, principal: Principal, id: string): Promise<BackupView> =>
  viewBackup(host, await getRecord(host, 'backup', id), principal);

/** Newest first. */
export const listBackups = async (
  host: Host,
  principal: Principal,
  { skip, limit, label }: { skip: number; limit: number; label?: string | undefined },
): Promise<Page<BackupView>> => {
  const { total, records } = await listPermitted(host, principal, 'backup.read', 'backup', {
    ...(label === undefined ? {} : { group: label }),
    skip,
    limit,
    descending: true,
  });
  return {
    skip,
    limit,
    total,
    resources: await Promise.all(records.map((record) => viewBackup(host, record, principal))),
  };
};

/** A page of what the archive holds, read from its contents members alone. */
export const backupContents = async (
  host: Host,
  id: string,
  {
    skip,
    limit,
    component,
    ...openWith
  }: { skip: number; limit: number; component?: string | undefined } & OpenWith,
): Promise<Page<ListedEntry>> => {
  const record = await getRecord(host, 'backup', id);
  assertReady(record);
  const archive = await openRequestedArchive(host, record);
  const identity = await openArchiveKey(host, archive, openWith);
  const query = { skip, limit, ...(component === undefined ? {} : { component }) };
  const { total, entries } = await readContentsPage(
    archive,
    identity,
    query,
    host.readers && readContentsOn(host.readers),
  );
  return { skip, limit, total, resources: [...entries] };
};

/** The run's log: its lines so far while it runs, the log file afterwards. @throws `not_found` when none was kept. */
export const backupLog = async (host: Host, id: string): Promise<string> => {
  const record = await getRecord(host, 'backup', id);
  if (record.state === 'IN_PROGRESS') return readRunLog(host, id);
  if (record.logFileName === '')
    throw new HoldfastError(
      'not_found',
      `no log was stored for backup ${id}; to store the log of a backup, start it with includeLogs`,
    );
  const kept = await findKeptLog(host, record);
  if (kept === undefined)
    throw new HoldfastError(
      'not_found',
      `the log file "${record.logFileName}" is no longer in ${record.backupPath}`,
    );
  if (kept.owner !== id)
    throw new HoldfastError(
      'not_found',
      `the log of backup ${id} is no longer there: the file "${record.logFileName}" in ${record.backupPath} is ${kept.owner === undefined ? 'another file now' : `the log of ${kept.owner} now`}`,
    );
  return Buffer.from(await host.objects.read(kept.key, 0, kept.bytes)).toString();
};

export interface Download {
  /** Undefined when the host streams the file itself. */
  url: string | undefined;
  key: string;
  fileName: string;
  bytes: number;
  sha256: string;
}

const DOWNLOAD_SECONDS = 900;

/** Where to download an archive. @throws `not_found`, `not_ready`, `archive_mismatch` */
export const downloadBackup = async (host: Host, id: string): Promise<Download & { expiresAt: string }> => {
  const record = await getRecord(host, 'backup', id);
  assertReady(record);
  if (record.sha256 === '' && record.verifiedAt === null) throw notVerified(id);
  const key = archiveObject(host, record);
  const found = await host.objects.stat(key);
  if (found === undefined)
    throw new HoldfastError(
      'not_found',
      `the archive file "${record.fileName}" is no longer in ${record.backupPath}`,
    );
  const standing = await standingFile(host, record);
  // A damaged archive does not show whose it is. It is given out, since it may be all that is left, and its SHA-256
  // identifies it.
  if (standing.whose === 'another') throw standing.refusal;
  if (standing.whose === 'own' && standing.reseal !== undefined) throw notVerified(id);
  return {
    url: await host.objects.downloadUrl(key, {
      fileName: record.fileName,
      expiresInSeconds: DOWNLOAD_SECONDS,
    }),
    key,
    fileName: record.fileName,
    bytes: found.bytes,
    sha256: record.sha256,
    expiresAt: new Date(host.clock.now().getTime() + DOWNLOAD_SECONDS * 1000).toISOString(),
  };
};

const notVerified = (id: string): HoldfastError =>
  new HoldfastError(
    'not_ready',
    `the archive of ${id} was re-sealed and has not been verified since; do that first: holdfast backup verify ${id}`,
  );

export interface Status {
  state: 'IDLE' | 'BUSY';
  /** What runs now; null also when it belongs to a domain out of reach. */
  operation: Operation | null;
  /** The last operation, running or ended, and its state. */
  last: (Operation & { state: State; shortError: string; completedAt: string | null }) | null;
  /** Null when the host does not learn of changes, or the caller may not know of all of them. */
  changed: Pick<Changes, 'records' | 'progress'> | null;
}

/** An operation of a domain out of the caller's reach is not named, but BUSY is shown. */
export const status = async (host: Host, principal: Principal): Promise<Status> => {
  // Read first: a change during the reads below makes the next answer a different one.
  const changed = changedFor(host, principal);
  const { holder, last } = await host.catalog.lock();
  const state = holder === undefined ? 'IDLE' : 'BUSY';
  const sees = async (one: Operation): Promise<boolean> => seesOperation(host, principal, one);
  const operation = holder !== undefined && (await sees(holder)) ? plain(holder) : null;
  if (last === undefined || !(await sees(last))) return { state, operation, last: null, changed };
  const record = (await host.catalog.get(recordKindOf(last.kind), last.id))?.record;
  const ended = record ?? {
    state: 'FAILED' as const,
    shortError: 'its record was deleted',
    completedAt: null,
  };
  return {
    state,
    operation,
    last: {
      ...plain(last),
      state: ended.state,
      shortError: ended.shortError,
      completedAt: ended.completedAt,
    },
    changed,
  };
};

/** A principal of one domain must not learn when people of other domains work. */
const changedFor = ({ changes }: Host, { grants }: Principal): Status['changed'] => {
  const reachesAll = grants.some(({ domain }) => domain === undefined);
  return changes === undefined || !reachesAll
    ? null
    : { records: changes.records, progress: changes.progress };
};

const plain = ({ id, kind, backupId, startedAt }: Operation): Operation => ({
  id,
  kind,
  backupId,
  startedAt,
});
