import type { BackupView } from '../../model/records/backup.ts';
import type { Answer } from '../requests/answer.ts';
import type { Session } from '../session.ts';
import { askPassphrase, readPassphrase } from '../terminal/passphrase.ts';

/** The passphrase that opens a backup's archive: from `--passphrase-file`, or asked for when one is needed. */
export const archivePassphrase = async (
  session: Session,
  backup: Answer<BackupView>,
  file: string | undefined,
): Promise<string | undefined> => {
  if (file !== undefined) return readPassphrase(session, file, { option: '--passphrase-file', isNew: false });
  return backup.part('encryption').text('mode') === 'passphrase' ? askPassphrase(false) : undefined;
};
