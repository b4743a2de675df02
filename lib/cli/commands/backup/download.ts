import type { Command } from 'commander';
import { openSink } from '../../files/archive-sink.ts';
import { downloadInto } from '../../files/download.ts';
import { recoverHint } from '../../reports/lines/recover-hint.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { formatBytes } from '../../terminal/quantities.ts';

interface DownloadOptions {
  readonly output: string;
  readonly overwrite?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the backup')
    .requiredOption(
      '--output <file>',
      'the file to write, or - for standard output; until it is complete it is named FILE.part',
    )
    .option('--overwrite', 'replace the file')
    .action(async (given: string, { output, overwrite }: DownloadOptions) => {
      const id = await findId(session, 'backups', given);
      // Found first, so that an unknown installation does not leave a file.
      await session.client();
      const sink = await openSink(session.output, output, { overwrite: overwrite === true, fresh: false });
      const { bytes, sha256, checkedBy } = await downloadInto(session, id, sink);
      await session.output.result({ id, file: output, bytes, sha256 }, () => [
        `${sink.name}: ${formatBytes(bytes)}, SHA-256 ${sha256}`,
      ]);
      if (checkedBy !== 'SHA-256') session.output.note(checkNote(checkedBy));
      session.output.note(recoverHint);
    });
};

const checkNote = (checkedBy: string | undefined): string =>
  checkedBy === undefined
    ? 'The installation has no SHA-256 of an archive of this size. Verify the download: holdfast backup verify --file FILE'
    : `The installation has no SHA-256 of an archive of this size; every byte of it was checked by its ${checkedBy}.`;
