import type { Command } from 'commander';
import * as restores from '../../../client/calls/restores.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import { plannedLine } from '../../reports/lines/planned-line.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { countOf } from '../../terminal/quantities.ts';
import { visible } from '../../terminal/visible-text.ts';

interface PlanOptions extends PagingOptions {
  readonly component?: string;
}

export const define = (command: Command, session: Session): void => {
  addPaging(command.argument('<id>', 'the restore'))
    .option('--component <id>', 'only the plan for this component')
    .action(async (given: string, { component, ...paging }: PlanOptions) => {
      const id = await findId(session, 'restores', given);
      const client = await session.client();
      const page = await client.ask(restores.plan(id, { ...pageQuery(paging), component }));
      await session.output.result(page.raw, () =>
        page.list('resources').map((entry) => `${visible(entry.text('component'))}  ${plannedLine(entry)}`),
      );
      tellRest(session.output, page, 'entry', 'entries');
      const unlisted = page.count('unlisted');
      if (unlisted > 0)
        session.output.note(
          `${countOf(unlisted, 'more entry', 'more entries')} are planned, but not listed.`,
        );
    });
};
