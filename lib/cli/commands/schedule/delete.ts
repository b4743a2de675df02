import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import { type ApprovalOptions, addApproval } from '../../options/approval-options.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the schedule')
    .option('-y, --yes', 'do not ask')
    .action(async (id: string, { yes, ...approval }: ApprovalOptions & { readonly yes?: true }) => {
      const client = await session.client();
      if (yes !== true) {
        await client.ask(schedules.show(id));
        await confirm(`Delete the schedule ${id}? Its backups stay. [y/N] `);
      }
      await client.finish(schedules.erase(id, approval));
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
