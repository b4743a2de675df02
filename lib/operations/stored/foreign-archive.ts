import type { OpenedArchive } from '../../archive/reader/open.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { verifyKeyId } from '../keys/verify-keys.ts';

/**
 * Whether what is in an archive may come from another installation: it was imported, or another one signed it. One
 * that was sealed anew has our signature, and still what a stranger put into it.
 */
export const isForeign = async (
  host: Host,
  { imported }: Pick<BackupRecord, 'imported'>,
  { signature }: Pick<OpenedArchive, 'signature'>,
): Promise<boolean> =>
  imported || (await host.catalog.get('verifyKey', verifyKeyId(signature.verifyKey)))?.record.own !== true;
