import { type Command, Option } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { collect } from '../../collect.ts';
import { usageFailure } from '../../failure.ts';
import type { FileVerificationOptions } from '../../files/file-verification.ts';
import { archivePassphrase } from '../../options/archive-passphrase.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { formatBytes } from '../../terminal/quantities.ts';
import { visible } from '../../terminal/visible-text.ts';
import { outcomeFailure } from '../../waiting/outcome.ts';
import { runningOf } from '../../waiting/running.ts';

interface VerifyOptions extends FileVerificationOptions {
  readonly file?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('[id]', 'the backup')
    .addOption(new Option('--file <file>', 'a local archive file instead; needs no server'))
    .option('--subset <n/t>', 'part n of t of the archive, such as 1/5: five such runs verify all of it')
    .option('--deep', 'also decrypt and decompress, and compare every entry with the list of contents')
    .option(
      '--passphrase-file <file>',
      'with --deep: the passphrase of the archive; - reads standard input, or asks',
    )
    .option(
      '--identity-file <file>',
      "with --file and --deep: the backup key's private half, an age identity",
    )
    .option(
      '--verify-key <base64>',
      'with --file: accept only this signer; may be given several times',
      collect,
    )
    .action(async (id: string | undefined, { file, ...options }: VerifyOptions) => {
      if ((id === undefined) === (file === undefined))
        throw usageFailure('name one: the id of a backup, or --file with an archive');
      if (file !== undefined) {
        const { verifyFile } = await import('../../files/file-verification.ts');
        await verifyFile(session, file, options);
      } else if (id !== undefined) await verifyStored(session, id, options);
    });
};

const verifyStored = async (session: Session, given: string, options: VerifyOptions): Promise<void> => {
  const { output } = session;
  if (options.identityFile !== undefined || options.verifyKey !== undefined)
    throw usageFailure('--identity-file and --verify-key go with --file');
  const backupId = await findId(session, 'backups', given);
  const client = await session.client();
  const { waitForEnd } = await import('../../waiting/wait-for-end.ts');
  const { deep, subset, passphraseFile } = options;
  const passphrase =
    deep === true
      ? await archivePassphrase(session, await client.ask(backups.show(backupId)), passphraseFile)
      : undefined;
  const accepted = await client.ask(
    backups.verify(backupId, {
      ...(subset === undefined ? {} : { subset }),
      ...(deep === undefined ? {} : { deep }),
      ...(passphrase === undefined ? {} : { passphrase }),
    }),
  );
  const id = accepted.text('id');
  const done = await waitForEnd(session, {
    kind: 'verify',
    id,
    first: accepted,
    read: () => client.ask(backups.verification(id)),
  });
  const failure = outcomeFailure('verification', runningOf(done.raw));
  if (failure === undefined || output.json) {
    const how = done.flag('deep')
      ? ', decrypted and decompressed too, and all entries match the list of contents'
      : '';
    await output.result(done.raw, () => [
      `${backupId} is whole: ${formatBytes(done.count('bytes'))} verified (part ${visible(done.text('subset'))})${how}`,
    ]);
  }
  if (failure !== undefined) throw failure;
};
