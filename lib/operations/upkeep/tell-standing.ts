/**
 * Tells of an installation's lasting problems when the sweep first sees them, without waiting for an operation to end.
 */
import { formatBytes } from '../../model/text/byte-count.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { tellOnce, today } from '../task/tell-once.ts';
import { freeBytes } from './free-bytes.ts';

/** The same limit as the default of the alarm `lock-held-too-long` on AWS. */
const LONG_MILLISECONDS = 24 * 3600_000;
/** The newest backups that are read: their largest archive shows how much room the next one needs. */
const LOOKED_AT = 20;
const LEAST_ROOM_BYTES = 1024 ** 3;

/** Tells once of an operation that has held the lock for a day. */
export const tellOfLongLock = async (host: Host): Promise<void> => {
  const { holder } = await host.catalog.lock();
  if (holder === undefined) return;
  const held = host.clock.now().getTime() - Date.parse(holder.startedAt);
  if (held < LONG_MILLISECONDS) return;
  await tellOnce(host, holder.id, {
    type: 'lock.held-long',
    title: `the ${holder.kind} ${holder.id} has held the lock for ${Math.floor(held / 3600_000)} hours`,
    operationId: holder.id,
    lines: ['No other operation can start in the meantime: schedules are refused, or wait.'],
    nextSteps: [
      'See how far it is:',
      '  holdfast backup status',
      'End it:',
      `  holdfast backup cancel ${holder.id}`,
    ],
  });
};

/** Tells once a day that the key service does not answer: without it no backup key opens and no archive is signed. */
export const tellOfKeyInDanger = async (host: Host): Promise<void> => {
  const danger = await host.vault.danger();
  if (danger === undefined) return;
  await tellOnce(host, today(host), {
    type: 'key-service.in-danger',
    title: 'the key of this installation cannot be used, or soon can no longer be used',
    shortError: danger,
    nextSteps: [
      'Until that is fixed, download the backup keys if that is still possible:',
      '  holdfast key list',
    ],
  });
};

/**
 * Tells once a day that there is room for less than two archives as large as the largest recent one. Does nothing when
 * the store has no limit.
 */
export const tellOfLittleRoom = async (host: Host): Promise<void> => {
  const free = await freeBytes(host);
  if (free === undefined) return;
  const wanted = Math.max(LEAST_ROOM_BYTES, 2 * (await largestOfLate(host)));
  if (free >= wanted) return;
  await tellOnce(host, today(host), {
    type: 'store.nearly-full',
    title: `archives have ${formatBytes(free)} of space left`,
    lines: [`Two more archives as large as the largest recent one would need ${formatBytes(wanted)}.`],
    nextSteps: [
      'Free some space where the archives are stored, or see which backups could be deleted:',
      '  holdfast backup list',
      '  holdfast retention plan',
    ],
  });
};

const largestOfLate = async (host: Host): Promise<number> => {
  let [largest, seen] = [0, 0];
  for await (const { archiveBytes } of everyRecord(host, 'backup', { descending: true })) {
    largest = Math.max(largest, archiveBytes ?? 0);
    seen += 1;
    if (seen === LOOKED_AT) break;
  }
  return largest;
};
