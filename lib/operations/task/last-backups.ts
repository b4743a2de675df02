/**
 * Keeps the summaries of last backups true: the changes from here go into the transaction that changes a backup. Each
 * writes the record of all components on condition that it is as it was read, so that two of them, or one and a
 * rebuilding, cannot miss each other.
 */
import { randomUUID } from 'node:crypto';
import {
  countsHere,
  outlookAfter,
  seenOfComponent,
  seenOfSchedule,
  tellsOf,
} from '../../model/monitoring/last-backups.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import {
  ALL_COMPONENTS,
  type LastBackups,
  lastBackupsOfSchedule,
  type Outlook,
} from '../../model/records/last-backups.ts';
import { type Change, put, type Versioned } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';

/** Marks the summaries as no longer true: all backups are read again before they are used. */
const unsure = (found: Versioned<LastBackups> | undefined): Change[] => [
  put(
    'lastBackups',
    { id: ALL_COMPONENTS, generation: randomUUID(), isWhole: false, outlooks: {} },
    found?.version ?? 'absent',
  ),
];

interface Found {
  readonly all: Versioned<LastBackups>;
  readonly schedule: LastBackups | undefined;
}

const find = async ({ catalog }: Host, { scheduleId }: BackupRecord): Promise<Found | undefined> => {
  const all = await catalog.get('lastBackups', ALL_COMPONENTS);
  if (all === undefined) return undefined;
  const own =
    scheduleId === null ? undefined : await catalog.get('lastBackups', lastBackupsOfSchedule(scheduleId));
  return { all, schedule: own?.record.generation === all.record.generation ? own.record : undefined };
};

/** For the commit that changes a backup. `backup` is the record as it is after the commit. */
export const noteLastBackup = async (host: Host, backup: BackupRecord): Promise<Change[]> => {
  if (!countsHere(backup, host.clock.now())) return [];
  const found = await find(host, backup);
  if (found === undefined) return unsure(undefined);
  const { all, schedule } = found;
  if (!all.record.isWhole) return unsure(all);
  const outlooks: Record<string, Outlook> = { ...all.record.outlooks };
  for (const id of Object.keys(backup.components)) {
    const known = Object.hasOwn(outlooks, id) ? outlooks[id] : undefined;
    const after = known && outlookAfter(known, seenOfComponent(backup, id));
    // The component was configured since: its backups have not been read yet.
    if (known !== undefined && after === undefined) return unsure(all);
    if (after !== undefined) outlooks[id] = after;
  }
  const own = backup.scheduleId ?? '';
  const before = schedule?.outlooks[own];
  const after = before && outlookAfter(before, seenOfSchedule(backup));
  if (before !== undefined && after === undefined) return unsure(all);
  return [
    put(
      'lastBackups',
      { ...all.record, outlooks, newest: later(all.record.newest, backup.createdAt) },
      all.version,
    ),
    ...(schedule === undefined || after === undefined
      ? []
      : [put('lastBackups', { ...schedule, outlooks: { [own]: after } })]),
  ];
};

const later = (known: string | null | undefined, createdAt: string): string =>
  known == null || known < createdAt ? createdAt : known;

/** For the commit that removes a backup's record. */
export const noteLastBackupGone = async (host: Host, backup: BackupRecord): Promise<Change[]> => {
  const found = await find(host, backup);
  if (found === undefined) return unsure(undefined);
  const { all, schedule } = found;
  const outlooks = [...Object.values(all.record.outlooks), ...Object.values(schedule?.outlooks ?? {})];
  return outlooks.some((outlook) => tellsOf(outlook, backup.id)) ? unsure(all) : [];
};

/**
 * For the commit by which backups lose their archives to another. It does not check which of them the summaries name.
 */
export const noteLastBackupsLost = async ({ catalog }: Host): Promise<Change[]> =>
  unsure(await catalog.get('lastBackups', ALL_COMPONENTS));
