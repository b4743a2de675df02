/** Marks, unmarks or deletes one backup for retention, tells people, and writes it into the audit trail. */
import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { domainsOfHomes, homesOf } from '../../model/records/scope.ts';
import type { Verdict } from '../../model/retention/plan.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { audited } from '../audit/act.ts';
import { bySystem, doneBySystem } from '../audit/system.ts';
import { hasArchive } from '../stored/backup-readiness.ts';
import { deleteBackup } from '../stored/delete-backup.ts';
import { deletionTime } from '../stored/later-deletion.ts';
import { changeRecord } from '../task/operation-record.ts';
import { tell } from '../task/tell.ts';
import { tellOnce, today } from '../task/tell-once.ts';

const BY = 'retention';
const MOST_NOTE_CHARACTERS = 500;

/** A backup that no rule keeps, and why. */
export interface Unkept {
  readonly verdict: Verdict;
  readonly record: BackupRecord;
}

/** Marks a backup, and tells of it in the same transaction. Nobody is told of a backup without an archive. */
export const mark = (host: Host, { verdict: { reasons }, record }: Unkept): Promise<unknown> => {
  const deleteAfter = deletionTime(host);
  const reason = reasons.join('; ');
  return written(host, 'retention.mark', record, `deleted after ${deleteAfter}: ${reason}`, () =>
    changeIfThere(host, record.id, (now) => {
      if (now.removal !== undefined || now.hold !== undefined) return undefined;
      const removal = { at: timestamp(host.clock), by: BY, reason, byRetention: true };
      return { ...now, deleteAfter, removal };
    }),
  );
};

export const unmark = (host: Host, record: BackupRecord): Promise<unknown> =>
  written(host, 'retention.unmark', record, 'a rule keeps it again, or no rule applies to it any more', () =>
    changeIfThere(host, record.id, ({ deleteAfter: _, ...now }) => {
      if (now.removal?.byRetention !== true) return undefined;
      const { removal: __, ...kept } = now;
      return kept;
    }),
  );

/** Does the work, and writes it into the audit trail. */
const written = (
  host: Host,
  action: string,
  record: BackupRecord,
  note: string,
  work: () => Promise<boolean>,
): Promise<boolean> =>
  audited(
    host,
    {
      principal: bySystem('retention'),
      action,
      subject: `backups/${record.id}`,
      domains: domainsOfHomes(homesOf(record)),
      note: note.slice(0, MOST_NOTE_CHARACTERS),
    },
    work,
    doneBySystem,
  );

/** Does nothing when the backup is gone, or has changed since the plan was made: `change` then gives undefined. */
const changeIfThere = async (
  host: Host,
  id: string,
  change: (record: BackupRecord) => BackupRecord | undefined,
): Promise<boolean> => {
  try {
    await changeRecord(
      host,
      'backup',
      id,
      (record) => {
        const changed = change(record);
        if (changed === undefined) throw new AsItShouldBe();
        return changed;
      },
      { alongside: (record) => (record.removal === undefined ? [] : tellOfMark(host, record)) },
    );
    return true;
  } catch (thrown) {
    if (thrown instanceof AsItShouldBe) return false;
    if (thrown instanceof HoldfastError && thrown.code === 'not_found') return false;
    throw thrown;
  }
};

class AsItShouldBe extends Error {}

const tellOfMark = (host: Host, record: BackupRecord) => {
  const { id, deleteAfter, removal } = record;
  if (!hasArchive(record) || deleteAfter === undefined || removal === undefined) return [];
  return [
    tell(host, {
      type: 'retention.about-to-remove',
      title: `backup ${id} will be deleted on ${deleteAfter.slice(0, 10)}`,
      backupId: id,
      ...(record.scheduleId !== null && { scheduleId: record.scheduleId }),
      ...(record.scope === 'domain' && { domain: record.domain }),
      by: removal.by,
      lines: [`created ${record.createdAt}, deleted after ${deleteAfter}`, removal.reason],
      nextSteps: [
        'To keep it:',
        `  holdfast backup undelete ${id}`,
        'To see what the rules keep, and why:',
        `  holdfast retention plan ${record.scheduleId === null ? `--label ${record.label}` : `--schedule ${record.scheduleId}`}`,
      ],
    }),
  ];
};

/** Deletes a backup whose time is over. Its record is read once more: somebody may have held it, or marked it anew. */
export const deleteMarked = async (host: Host, due: BackupRecord, now: Date): Promise<void> => {
  const { id } = due;
  try {
    const isStillDue = ({ deleteAfter, removal }: BackupRecord): boolean =>
      removal !== undefined && deleteAfter !== undefined && Date.parse(deleteAfter) <= now.getTime();
    const told = tell(host, {
      type: 'retention.removed',
      title: `backup ${id} was deleted`,
      backupId: id,
      ...(due.scope === 'domain' && { domain: due.domain }),
      by: BY,
      lines: ['It had been marked to be deleted, and its days of grace have passed.'],
    });
    const { by = BY, reason = '' } = due.removal ?? {};
    await written(host, 'retention.delete', due, `marked by ${by}: ${reason}`, () =>
      deleteBackup(host, id, { onlyIf: isStillDue, alongside: [told] }),
    );
  } catch (thrown) {
    // The backup was held, in use, or deleted meanwhile.
    if (!(thrown instanceof HoldfastError && COMES_RIGHT.has(thrown.code))) {
      await tellOfRefusal(host, due, thrown);
      throw thrown;
    }
    host.log.info(`a backup is not deleted yet: ${thrown.message}`, { backupId: id });
  }
};

/** Tells once a day for each backup that it could not be deleted, for instance because its place refuses. */
const tellOfRefusal = (host: Host, { id, scope, domain }: BackupRecord, thrown: unknown): Promise<void> =>
  tellOnce(host, `${id} ${today(host)}`, {
    type: 'retention.refused',
    title: `backup ${id} could not be deleted`,
    backupId: id,
    ...(scope === 'domain' && { domain }),
    by: BY,
    shortError: shortErrorOf(thrown),
    lines: ['Its days of grace have passed; the next sweep tries again.'],
  });

const COMES_RIGHT: ReadonlySet<string> = new Set([
  'backup_held',
  'operation_running',
  'not_found',
  'conflict',
]);
