import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { SqliteCatalog } from '../../adapters/local/catalog/sqlite-catalog.ts';
import { requireOwnFolder } from '../../adapters/local/folder-trust.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupTokenRecord } from '../../model/records/backup-token.ts';
import { allowBackupTokenNow } from '../../operations/access/tokens/backup-token.ts';
import { systemClock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

/**
 * Ends the wait of a backup token, beside a running server: a user who may write to the data folder counts as running
 * the host. The audit trail shows this, with the user of the operating system.
 *
 * @throws `not_found`
 */
export const allowBackupToken = async (data: string, id: string, log: Logger): Promise<BackupTokenRecord> => {
  const file = join(data, 'catalog.db');
  if (!existsSync(file))
    throw new HoldfastError(
      'not_found',
      `there is no installation in ${data}; name its data folder with --data`,
    );
  requireOwnFolder(data);
  const catalog = new SqliteCatalog(file);
  try {
    const { uid, username } = userInfo();
    return await allowBackupTokenNow({ catalog, clock: systemClock, log }, id, {
      id: `uid-${uid}`,
      name: `${username} on the host`,
    });
  } finally {
    catalog.close();
  }
};
