import { verifyArchive } from '../../archive/verify/verify.ts';
import type { Hold } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { openBackupArchive } from '../archives/open-backup-archive.ts';
import { changeRecord, getRecord, markStep } from '../workflow/operation-record.ts';
import { openRunLog } from '../workflow/run-log.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { sealedAs } from './place-archive.ts';

/**
 * The backup's own proof: the sealed archive is read back from the store, every byte of it, against its signed
 * manifest. Only then can it be a SUCCESS. Needs no key.
 *
 * @throws `archive_damaged`, `archive_cut`: the store did not keep what was written.
 */
export const verifySealed = async ({ host, signal }: TaskContext, hold: Hold): Promise<void> => {
  await markStep(host, hold, 'backup', 'verify-archive');
  const record = await getRecord(host, 'backup', hold.operationId);
  const log = openRunLog(host, hold, 'verify');
  const archive = await openBackupArchive(host, sealedAs(record));
  const {
    bytesVerified,
    membersVerified,
    sha256 = '',
  } = await verifyArchive(archive, { wholeFile: true, pool: host.pool, signal });
  log.info('archive read back and verified', { bytes: bytesVerified, members: membersVerified, sha256 });
  await log.flush();
  await changeRecord(
    host,
    'backup',
    record.id,
    (now) => ({ ...now, sha256, verifiedAt: timestamp(host.clock) }),
    { under: hold },
  );
};
