import type { Command } from 'commander';
import { collect } from '../collect.ts';
import { findId } from '../requests/find-id.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';

interface DeleteOptions {
  readonly force?: true;
  readonly backup?: readonly string[];
  readonly digest?: string;
  readonly yes?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the key')
    .option('--force', 'also when backups open with nothing else; they are lost then')
    .option(
      '--backup <id>',
      'with --force: the id of a backup that is lost; to be given for every one of them',
      collect,
    )
    .option(
      '--digest <sha256>',
      'with --force, in place of --backup: the digest of all of them, as the refusal gives it',
    )
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { force, backup, digest, yes }: DeleteOptions) => {
      const id = await findId(session, 'keys', given);
      const client = await session.client();
      const path = `/v1/keys/${encodeURIComponent(id)}`;
      if (yes !== true) {
        await client.get(path);
        await confirm(`Delete the backup key ${id} for good? [y/N] `);
      }
      await client.remove(path, {
        body: {
          ...(force === undefined ? {} : { force: true }),
          ...(backup === undefined ? {} : { backups: backup }),
          ...(digest === undefined ? {} : { digest }),
        },
      });
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
