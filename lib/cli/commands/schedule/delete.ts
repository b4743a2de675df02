import type { Command } from 'commander';
import { type ApprovalOptions, addApproval, approvalHeaders } from '../../options/approval-options.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

export const define = (command: Command, session: Session): void => {
  addApproval(command)
    .argument('<id>', 'the schedule')
    .option('-y, --yes', 'do not ask')
    .action(async (id: string, { yes, ...approval }: ApprovalOptions & { readonly yes?: true }) => {
      const client = await session.client();
      const path = `/v1/schedules/${encodeURIComponent(id)}`;
      if (yes !== true) {
        await client.get(path);
        await confirm(`Delete the schedule ${id}? Its backups stay. [y/N] `);
      }
      await client.remove(path, { headers: approvalHeaders(approval) });
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};
