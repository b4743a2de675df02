import { type Command, Option } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import { shellWord } from '../../../model/text/shell-word.ts';
import { collect } from '../../collect.ts';
import type { ArchiveSink } from '../../files/archive-sink.ts';
import { backupReport } from '../../reports/backup-report.ts';
import type { Answer } from '../../requests/answer.ts';
import { type BackupOptions, backupRequest, verificationOption } from '../../requests/backup-request.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';
import { exitCodeOfState, outcomeFailure } from '../../waiting/outcome.ts';
import { runningOf } from '../../waiting/running.ts';

interface CreateOptions extends BackupOptions {
  readonly wait?: true;
  readonly output?: string;
  readonly idempotencyKey?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .option('--label <label>', 'a name for backups of one kind; their ids begin with it (default: backup)')
    .option('--description <text>', 'a description of this backup, in one line')
    .addOption(new Option('--scope <scope>', 'what to back up').choices(['system', 'domain']))
    .option('--domain <domain>', 'back up this domain; implies --scope domain')
    .option('--component <id>', 'only this component; may be given several times', collect)
    .option('--filters <json>', 'with --scope domain: only these resources')
    .addOption(
      new Option('--filters-file <file>', 'filters from a file, or from standard input for -').conflicts(
        'filters',
      ),
    )
    .option('--key <id>', 'encrypt under this backup key instead of the default one')
    .addOption(
      new Option(
        '--passphrase-file <file>',
        'encrypt under the passphrase in this file; - reads standard input, or asks',
      ).conflicts(['key', 'tiedToHsm']),
    )
    .addOption(
      new Option('--tied-to-hsm', "restorable only with this installation's key service").conflicts('key'),
    )
    .option('--file-name <name>', "the archive's file name in the store")
    .option('--backup-path <place>', 'where to store it; the configuration lists the allowed places')
    .option('--overwrite', 'replace an existing archive of that name, and the file of --output')
    .option('--include-logs', 'store the log of the backup')
    .option('--log-file-name <name>', 'the name of the log file')
    .addOption(verificationOption())
    .option('--notify <address>', 'send a mail to this address when the backup has ended')
    .option('--wait', 'wait for the end and report the result')
    .option('--output <file>', 'wait, then download the archive to this file, or to standard output for -')
    .option(
      '--idempotency-key <key>',
      'a name for this request: sent twice with the same name, it starts only one backup',
    )
    .action((options: CreateOptions) => create(session, options));
};

const create = async (session: Session, options: CreateOptions): Promise<void> => {
  const client = await session.client();
  const request = await backupRequest(session, options);
  const sink = await sinkFor(session, options);
  try {
    const accepted = await client.ask(backups.create(request, options.idempotencyKey));
    if (sink === undefined && options.wait !== true) await tellAccepted(session, accepted);
    else await seeToItsEnd(session, accepted, sink);
  } finally {
    await sink?.close();
  }
};

/** Opened before the backup starts, so that a place that cannot be written is found before the work. */
const sinkFor = async (
  session: Session,
  { output, overwrite }: CreateOptions,
): Promise<ArchiveSink | undefined> => {
  if (output === undefined) return undefined;
  const { openSink } = await import('../../files/archive-sink.ts');
  return openSink(session.output, output, { overwrite: overwrite === true, fresh: true });
};

const tellAccepted = async ({ output }: Session, accepted: Answer<BackupView>): Promise<void> => {
  const id = accepted.text('id');
  const { state } = runningOf(accepted.raw);
  await output.result(accepted.raw, () => [visible(id)]);
  output.note(
    state === 'IN_PROGRESS'
      ? `The backup runs. "holdfast backup show ${shellWord(id)}" shows its progress.`
      : `Nothing was started: this request was sent before, and its backup has ended: ${state}. "holdfast backup show ${shellWord(id)}" shows more.`,
  );
};

const seeToItsEnd = async (
  session: Session,
  accepted: Answer<BackupView>,
  sink: ArchiveSink | undefined,
): Promise<void> => {
  const { output } = session;
  const [client, { waitForEnd }] = await Promise.all([
    session.client(),
    import('../../waiting/wait-for-end.ts'),
  ]);
  const id = accepted.text('id');
  output.note(`backup ${id}`);
  const backup = await waitForEnd(session, {
    kind: 'backup',
    id,
    first: accepted,
    read: () => client.ask(backups.show(id)),
  });
  const failure = outcomeFailure(
    'backup',
    runningOf(backup.raw),
    `"holdfast backup show ${shellWord(id)}" shows more.`,
  );
  if (failure !== undefined) {
    if (output.json) await output.result(backup.raw, () => []);
    throw failure;
  }
  if (sink !== undefined) {
    const { downloadInto } = await import('../../files/download.ts');
    const { bytes, checkedBy } = await downloadInto(session, id, sink);
    output.note(
      `${bytes} bytes to ${sink.name}, ${checkedBy === undefined ? 'not checked' : `${checkedBy} checked`}`,
    );
  }
  await output.result(backup.raw, () => backupReport(backup));
  session.exitCode = exitCodeOfState(backup.text('state'));
};
