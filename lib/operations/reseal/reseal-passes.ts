/** What a re-seal reads: the archive of a stranger before it is sealed anew, and every new one after that. */
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { resealedBackup } from '../stored/resealed-backup.ts';
import { getRecord } from '../task/operation-record.ts';
import type { Pass } from '../verify/verify-pass.ts';

/** The archive of a signer who is trusted only this once: it is read as a whole before we sign it. */
export const trustedPass: Pass = {
  name: 'trusted',
  kind: 'reseal',
  step: 'reseal-archive',
  isProgress: false,
  open: async (host, hold) => {
    const { backupId, trusted, trustedSigner } = await getRecord(host, 'reseal', hold.operationId);
    if (!trusted) return undefined;
    const backup = await getRecord(host, 'backup', backupId);
    return { archive: await openBackupArchive(host, backup, { trust: trustedSigner ?? undefined }) };
  },
};

/** The new archive is read back. */
export const resealedPass: Pass = {
  name: 'resealed',
  kind: 'reseal',
  step: 'verify-archive',
  isProgress: true,
  open: async (host, hold) => {
    const record = await getRecord(host, 'reseal', hold.operationId);
    const backup = await getRecord(host, 'backup', record.backupId);
    return {
      archive: await openBackupArchive(host, resealedBackup(backup, record)),
      wholeFile: 'if-one-task',
    };
  },
};
