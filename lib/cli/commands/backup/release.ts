import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

export const define = (command: Command, session: Session): void => {
  addApproval(command.argument('<id>', 'the backup')).action(
    async (given: string, approval: ApprovalOptions) => {
      const id = await findId(session, 'backups', given);
      const client = await session.client();
      await client.finish(backups.release(id, approval));
      await session.output.result({ id, held: false }, () => [
        `${id} is released: it stays as long as the rules of retention keep it`,
      ]);
    },
  );
};
