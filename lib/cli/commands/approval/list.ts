import type { Command } from 'commander';
import * as approvals from '../../../client/calls/approvals.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

const titles = ['ID', 'STATE', 'ACTION', 'OF', 'ASKED BY', 'APPROVALS', 'UNTIL'];

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (paging: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(approvals.list(pageQuery(paging)));
    await session.output.result(page.raw, () => {
      const approvals = page.list('resources');
      if (approvals.length === 0) return [];
      return tableLines(
        titles.map((title) => ({ title })),
        approvals.map((approval) => [
          visible(approval.text('id')),
          visible(approval.text('state')),
          visible(approval.text('action')),
          visible(approval.text('subject')),
          visible(approval.part('requestedBy').text('name')),
          `${approval.list('approvals').length} of ${approval.count('needed')}`,
          shownTime(approval.text('expiresAt')),
        ]),
      );
    });
    tellRest(session.output, page, 'request for approval', 'requests for approval');
  });
};
