import type { Command } from 'commander';
import * as backups from '../../../client/calls/backups.ts';
import { usageFailure } from '../../failure.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';
import { shownTime } from '../../terminal/shown-time.ts';

interface DeleteOptions extends ApprovalOptions {
  readonly yes?: true;
  readonly later?: true;
  readonly reason?: string;
}

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the backup')
    .option('-y, --yes', 'do not ask')
    .option('--later', 'delete it after some days of grace, in which that can be undone ("backup undelete")')
    .option('--reason <text>', 'with --later: the reason')
    .action(async (given: string, { yes, later, reason, ...approval }: DeleteOptions) => {
      const id = await findId(session, 'backups', given);
      const client = await session.client();
      if (later === true) {
        const marked = await client.ask(backups.deleteLater(id, reason, approval));
        await session.output.result(marked.raw, () => [
          `${id} is deleted after ${shownTime(marked.text('deleteAfter'))}; to keep it: holdfast backup undelete ${id}`,
        ]);
        return;
      }
      if (reason !== undefined) throw usageFailure('--reason goes with --later');
      if (yes !== true) {
        // Checked before the question: nobody should be asked about a backup that does not exist.
        await client.ask(backups.show(id));
        await confirm(`Delete the backup ${id} and its archive for good? [y/N] `);
      }
      await client.finish(backups.erase(id, approval));
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
