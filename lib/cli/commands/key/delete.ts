import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { collect } from '../../collect.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

interface DeleteOptions extends ApprovalOptions {
  readonly force?: true;
  readonly backup?: readonly string[];
  readonly digest?: string;
  readonly yes?: true;
}

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the key')
    .option('--force', 'delete it even if backups open only with this key; they are lost then')
    .option(
      '--backup <id>',
      'with --force: the id of a backup that will be lost; give one option for each of them',
      collect,
    )
    .option(
      '--digest <sha256>',
      'with --force, instead of --backup: the digest of all of them, as the refusal names it',
    )
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { force, backup, digest, yes, ...approval }: DeleteOptions) => {
      const id = await findId(session, 'keys', given);
      const backups: string[] = [];
      for (const word of backup ?? []) backups.push(await findId(session, 'backups', word));
      const client = await session.client();
      if (yes !== true) {
        await client.ask(keys.show(id));
        await confirm(`Delete the backup key ${id} for good? [y/N] `);
      }
      await client.finish(
        keys.erase(
          id,
          {
            ...(force === undefined ? {} : { force: true }),
            ...(backup === undefined ? {} : { backups }),
            ...(digest === undefined ? {} : { digest }),
          },
          approval,
        ),
      );
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
