import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import * as uploads from '../../../client/calls/uploads.ts';
import { sendArchive } from '../../files/upload.ts';
import { backupReport } from '../../reports/backup-report.ts';
import type { Session } from '../../session.ts';
import { outcomeFailure } from '../../waiting/outcome.ts';
import { runningOf } from '../../waiting/running.ts';

interface UploadOptions {
  readonly file: string;
  readonly fileName?: string;
  readonly backupPath?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--file <file>', 'the archive')
    .option('--file-name <name>', "the archive's name there (default: its id, with .tar)")
    .option('--backup-path <place>', 'where to store it: one of the configured places')
    .action(async ({ file, ...names }: UploadOptions) => {
      const client = await session.client();
      const uploadId = await sendArchive(session, file, names);
      const accepted = await client.ask(uploads.complete(uploadId));
      const { waitForEnd } = await import('../../waiting/wait-for-end.ts');
      const id = accepted.text('id');
      const done = await waitForEnd(session, {
        kind: 'import',
        id,
        first: accepted,
        read: () => client.ask(uploads.imported(id)),
      });
      const failure = outcomeFailure('import', runningOf(done.raw), 'Give the same command again to retry.');
      if (failure !== undefined) throw failure;
      const backup = await client.ask(backups.show(done.text('backupId')));
      await session.output.result(backup.raw, () => backupReport(backup));
      if (done.text('signature') === 'unknown-signer')
        session.output.warning(
          'its signer is not known here, so a restore will be refused: import its verify key, or upload a key file from there',
        );
    });
};
