import type { OpenedArchive } from '../../archive/reader/open.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Host } from '../../ports/host.ts';
import { verifyKeyId } from '../keys/verify-keys.ts';

/**
 * Whether the contents of an archive may come from another installation: it was imported, or another one signed it. A
 * re-sealed archive has our signature, and may still hold a stranger's contents.
 */
export const isForeign = async (
  host: Host,
  { imported }: Pick<BackupRecord, 'imported'>,
  { signature }: Pick<OpenedArchive, 'signature'>,
): Promise<boolean> =>
  imported || (await host.catalog.get('verifyKey', verifyKeyId(signature.verifyKey)))?.record.own !== true;
