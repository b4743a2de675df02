import type { Command } from 'commander';
import type { BackupView } from '../../model/records/backup.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import { archivePassphrase } from '../requests/archive-passphrase.ts';
import type { Session } from '../session.ts';
import { visible } from '../terminal/visible-text.ts';
import { outcomeFailure } from '../waiting/outcome.ts';
import { runningOf } from '../waiting/running.ts';

interface ResealOptions {
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly trust?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the backup')
    .option('--key <id>', 'the backup key to seal it to (default: the default key of its scope)')
    .option(
      '--passphrase-file <file>',
      'the passphrase that opens it now, if one does; - reads standard input, or asks',
    )
    .option('--trust', 'trust the signer of this archive for this once; recorded')
    .action(async (backupId: string, { key, passphraseFile, trust }: ResealOptions) => {
      const client = await session.client();
      const path = `/v1/backups/${encodeURIComponent(backupId)}`;
      const passphrase = await archivePassphrase(session, await client.get<BackupView>(path), passphraseFile);
      const accepted = await client.post<ResealRecord>(`${path}/reseal`, {
        body: {
          ...(key === undefined ? {} : { keyId: key }),
          ...(passphrase === undefined ? {} : { passphrase }),
          ...(trust === undefined ? {} : { trust }),
        },
      });
      const { waitForEnd } = await import('../waiting/wait-for-end.ts');
      const id = accepted.text('id');
      const done = await waitForEnd(session, {
        kind: 'reseal',
        id,
        first: accepted,
        read: () => client.get<ResealRecord>(`/v1/reseals/${encodeURIComponent(id)}`),
      });
      const failure = outcomeFailure('re-seal', runningOf(done.raw));
      if (failure !== undefined) throw failure;
      await session.output.result(done.raw, () => [
        `${backupId} is sealed to backup key ${visible(done.text('keyId'))}`,
      ]);
    });
};
