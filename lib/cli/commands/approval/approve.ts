import type { Command } from 'commander';
import * as approvals from '../../../client/calls/approvals.ts';
import { addPersonOptions, asPerson, type PersonOptions } from '../../login/as-person.ts';
import { approvalReport } from '../../reports/approval-report.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { confirm } from '../../terminal/confirm.ts';

interface ApproveOptions extends PersonOptions {
  readonly digest?: string;
  readonly comment?: string;
}

export const define = (command: Command, session: Session): void => {
  addPersonOptions(command)
    .argument('<id>', 'the request for approval')
    .option(
      '--digest <sha256>',
      'the digest of the plan that you have checked (default: show the plan, and ask)',
    )
    .option('--comment <text>', 'a comment that is stored with the approval')
    .action(async (given: string, { digest, comment, ...person }: ApproveOptions) => {
      const id = await findId(session, 'approvals', given);
      const approved = await asPerson(session, person, async (client) =>
        client.ask(
          approvals.approve(id, {
            digest: digest ?? (await lookedAt(session, await client.ask(approvals.show(id)))),
            ...(comment !== undefined && { comment }),
          }),
        ),
      );
      await session.output.result(approved.raw, () => approvalReport(approved));
    });
};

/** Shows the plan, and returns the digest to which a person has said yes. */
const lookedAt = async (
  { output }: Session,
  approval: Parameters<typeof approvalReport>[0],
): Promise<string> => {
  for (const line of approvalReport(approval)) output.say(line);
  await confirm('Approve this plan? [y/N] ', {
    unasked: 'approving needs a yes',
    hint: 'Add --digest with the digest that "holdfast approval show" shows.',
    declined: 'nothing was approved',
  });
  return approval.text('digest');
};
