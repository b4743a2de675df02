import { type Command, Option } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import * as restores from '../../../client/calls/restores.ts';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { shellWord } from '../../../model/text/shell-word.ts';
import { collect } from '../../collect.ts';
import { Failure } from '../../failure.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { archivePassphrase } from '../../options/archive-passphrase.ts';
import { signerTrust, type TrustOption } from '../../options/signer-trust.ts';
import { restoreReport } from '../../reports/restore-report.ts';
import { Answer } from '../../requests/answer.ts';
import { findId } from '../../requests/find-id.ts';
import { type RestoreOptions, restoreRequest } from '../../requests/restore-request.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';
import { pairLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';
import { exitCodeOfState, outcomeFailure } from '../../waiting/outcome.ts';
import { runningOf } from '../../waiting/running.ts';

interface Options extends RestoreOptions, ApprovalOptions {
  readonly passphraseFile?: string;
  readonly trust?: TrustOption;
  readonly wait?: true;
}

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the backup')
    .option(
      '--component <id>',
      'only this component; may be given several times (default: those that --to names, or else all)',
      collect,
    )
    .option(
      '--to <component=target>',
      'restore to another place: a folder, a database, a bucket; may be repeated',
      collect,
    )
    .option('--in-place', 'overwrite the live sources of components for which --to names no other place')
    .option('--dry-run', 'show what would be created, overwritten, skipped and refused; write nothing')
    .addOption(
      new Option('--existing <what>', 'what to do with existing entries (default: overwrite)').choices([
        'overwrite',
        'skip',
        'refuse',
      ]),
    )
    .option('--passphrase-file <file>', 'the passphrase of the archive; - reads standard input, or asks')
    .option('--force', 'restore although the versions do not match; this is recorded')
    .option(
      '--trust [signer:digest]',
      'trust the signer of this one archive for this restore; without a value it shows the signer and asks; recorded',
    )
    .option('--setuid', 'restore setuid and setgid bits, even from an archive of another installation')
    .option(
      '--no-setuid',
      'do not restore setuid and setgid bits (default: for archives of other installations)',
    )
    .option(
      '--root-attributes',
      'give an existing folder the mode, owner and time of the archive (always done in its own place)',
    )
    .option('--all-or-nothing', 'restore a database in one transaction (default: if it already exists)')
    .option(
      '--no-all-or-nothing',
      'restore as much of a database as possible, and name the rest (default: if the restore creates it)',
    )
    .option(
      '--allow-drop',
      'drop database objects that are not in the archive and depend on overwritten ones; the plan names them',
    )
    .option('--wait', 'wait for the end and report it (a dry run always does)')
    .action((given: string, options: Options) => restore(session, given, options));
};

const restore = async (session: Session, given: string, options: Options): Promise<void> => {
  const backupId = await findId(session, 'backups', given);
  const client = await session.client();
  const backup = await client.ask(backups.show(backupId));
  const trust = await signerTrust(session, backup, options.trust, 'restore');
  const passphrase = await archivePassphrase(session, backup, options.passphraseFile);
  const request = restoreRequest(options, backup, client.installation.local);
  const start = (more: { inPlace?: true } = {}): Promise<Answer<RestoreRecord>> =>
    client.ask(
      restores.create(
        backupId,
        {
          ...request,
          ...(passphrase === undefined ? {} : { passphrase }),
          ...(trust === undefined ? {} : { trust }),
          ...more,
        },
        options,
      ),
    );
  const accepted = await start().catch(async (thrown: unknown) => {
    await confirmInPlace(session, thrown);
    return start({ inPlace: true });
  });
  if (options.wait === true || options.dryRun === true) await seeToItsEnd(session, accepted);
  else await tellAccepted(session, accepted);
};

/**
 * Asks a person at the terminal whether to overwrite what the server refused to overwrite. Any other failure is thrown
 * again.
 */
const confirmInPlace = async ({ output }: Session, thrown: unknown): Promise<void> => {
  const unconfirmed = thrown instanceof Failure && thrown.code === 'in_place_unconfirmed';
  if (!unconfirmed || output.json || !process.stdin.isTTY) throw thrown;
  const live = new Answer<{ inPlaceOf: { component: string; target: string }[] }>(thrown.details);
  output.say('These live sources would be overwritten:');
  for (const line of pairLines(
    live
      .list('inPlaceOf')
      .map((source) => [visible(source.text('component')), visible(source.text('target'))] as const),
  ))
    output.say(line);
  await confirm('Restore onto them? [y/N] ', {
    unasked: 'a restore onto live sources needs a yes',
    hint: 'Add --in-place.',
    declined: 'nothing was restored',
  });
};

const tellAccepted = async ({ output }: Session, accepted: Answer<RestoreRecord>): Promise<void> => {
  const id = accepted.text('id');
  await output.result(accepted.raw, () => [visible(id)]);
  output.note(`The restore runs. "holdfast restore show ${shellWord(id)}" shows its progress.`);
};

const seeToItsEnd = async (session: Session, accepted: Answer<RestoreRecord>): Promise<void> => {
  const { output } = session;
  const [client, { waitForEnd }] = await Promise.all([
    session.client(),
    import('../../waiting/wait-for-end.ts'),
  ]);
  const id = accepted.text('id');
  const what = accepted.flag('dryRun') ? 'dry run' : 'restore';
  output.note(`${what} ${id}`);
  const done = await waitForEnd(session, {
    kind: 'restore',
    id,
    first: accepted,
    read: () => client.ask(restores.show(id)),
  });
  const failure = outcomeFailure(
    what,
    runningOf(done.raw),
    `"holdfast restore show ${shellWord(id)}" shows more.`,
  );
  if (failure !== undefined) {
    if (output.json) await output.result(done.raw, () => []);
    throw failure;
  }
  await output.result(done.raw, () => restoreReport(done));
  session.exitCode = exitCodeOfState(done.text('state'));
};
