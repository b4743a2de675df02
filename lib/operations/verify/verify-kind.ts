import { toHoldfastError } from '../../model/errors.ts';
import type { Operation } from '../../model/records/operation.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { commitEnd } from '../engine/commit-end.ts';
import type { KindOfOperation } from '../engine/kind-of-operation.ts';
import { noteLastBackup } from '../task/last-backups.ts';
import { changeRecord } from '../task/operation-record.ts';

/**
 * Errors that say that the archive itself is bad or missing. Any other may come from the store, the key or the caller.
 */
const tellsOfArchive: ReadonlySet<string> = new Set([
  'archive_cut',
  'archive_damaged',
  'archive_signature_invalid',
  'archive_not_recognised',
  'archive_mismatch',
  'age_malformed',
  'not_found',
]);

/** Notes the damage, so that nothing, above all retention, relies on this backup any more. */
const noteFailure = async (host: Host, hold: Hold, { id, backupId }: Operation, errorCode: string) => {
  try {
    const failedVerification = { id, at: timestamp(host.clock), errorCode };
    await changeRecord(host, 'backup', backupId, (record) => ({ ...record, failedVerification }), {
      under: hold,
      alongside: (record) => noteLastBackup(host, record),
    });
  } catch (thrown) {
    // The backup's record was removed meanwhile.
    if (toHoldfastError(thrown).code !== 'not_found') throw thrown;
  }
};

export const verifyKind: KindOfOperation<'verify'> = {
  end: async (host, hold, operation, finish) => {
    // Written before the end: after a crash in between, the end is repeated, and this with it.
    if (finish.state === 'FAILED' && finish.errorCode !== null && tellsOfArchive.has(finish.errorCode))
      await noteFailure(host, hold, operation, finish.errorCode);
    return commitEnd(host, hold, operation, 'verify', (record) => ({ ...record, ...finish }));
  },
  tell: () => [],
  nextSteps: {
    succeeded: () => ['Nothing to do: every byte that was read is unchanged.'],
    failed: ({ backupId }) => [
      'Do not rely on this archive. Create a new backup, and check the disk on which this one is stored:',
      `  holdfast backup show ${backupId}`,
      '  holdfast backup create --wait',
    ],
    cancelled: ({ backupId }) => ['To verify it again:', `  holdfast backup verify ${backupId}`],
  },
};
