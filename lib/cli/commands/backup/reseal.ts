import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { archivePassphrase } from '../../options/archive-passphrase.ts';
import { signerTrust, type TrustOption } from '../../options/signer-trust.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';
import { outcomeFailure } from '../../waiting/outcome.ts';
import { runningOf } from '../../waiting/running.ts';

interface ResealOptions extends ApprovalOptions {
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly trust?: TrustOption;
}

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the backup')
    .option('--key <id>', 'the backup key to seal it to (default: the default key of its scope)')
    .option(
      '--passphrase-file <file>',
      'the passphrase of the archive, if it has one; - reads standard input, or asks',
    )
    .option(
      '--trust [signer:digest]',
      'trust the signer of this one archive for this re-seal; without a value it shows the signer and asks; recorded',
    )
    .action(async (given: string, { key, passphraseFile, ...options }: ResealOptions) => {
      const backupId = await findId(session, 'backups', given);
      const keyId = key === undefined ? undefined : await findId(session, 'keys', key);
      const client = await session.client();
      const backup = await client.ask(backups.show(backupId));
      const trust = await signerTrust(session, backup, options.trust, 're-seal');
      const passphrase = await archivePassphrase(session, backup, passphraseFile);
      const accepted = await client.ask(
        backups.reseal(
          backupId,
          {
            ...(keyId === undefined ? {} : { keyId }),
            ...(passphrase === undefined ? {} : { passphrase }),
            ...(trust === undefined ? {} : { trust }),
          },
          options,
        ),
      );
      const { waitForEnd } = await import('../../waiting/wait-for-end.ts');
      const id = accepted.text('id');
      const done = await waitForEnd(session, {
        kind: 'reseal',
        id,
        first: accepted,
        read: () => client.ask(backups.resealing(id)),
      });
      const failure = outcomeFailure('re-seal', runningOf(done.raw));
      if (failure !== undefined) throw failure;
      await session.output.result(done.raw, () => [
        `${backupId} is sealed to backup key ${visible(done.text('keyId'))}`,
      ]);
    });
};
