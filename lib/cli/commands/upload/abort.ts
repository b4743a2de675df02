import type { Command } from 'commander';
import * as uploads from '../../../client/calls/uploads.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the upload, as "holdfast upload list" shows it')
    .option('-y, --yes', 'do not ask')
    .action(async (given: string, { yes }: { yes?: true }) => {
      const id = await findId(session, 'uploads', given);
      const client = await session.client();
      if (yes !== true) await confirm(`Delete everything that has arrived of the upload ${id}? [y/N] `);
      await client.finish(uploads.abort(id));
      await session.output.result({ id, deleted: true }, () => [`${id} is aborted; its bytes are deleted`]);
    });
};
