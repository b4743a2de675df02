import { takeOverKey } from '../keys/sealed-archive-key.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { getRecord } from '../task/operation-record.ts';
import type { Pass } from '../verify/verify-pass.ts';
import { sealedAs } from './place-archive.ts';

/**
 * The backup's own proof: the sealed archive is read back from the store, every byte of it, against its signed
 * manifest. Only then can the backup be a SUCCESS. It needs no key, unless the pass also opens what it reads.
 */
export const sealedPass: Pass = {
  name: 'sealed',
  kind: 'backup',
  step: 'verify-archive',
  isProgress: false,
  open: async (host, hold) => {
    const record = await getRecord(host, 'backup', hold.operationId);
    return {
      archive: await openBackupArchive(host, sealedAs(record)),
      ...(record.verification === 'deep' && { identity: () => takeOverKey(host, record.id) }),
      wholeFile: 'if-one-task',
    };
  },
};
