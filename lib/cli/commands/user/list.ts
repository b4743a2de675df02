import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import { userRoles, userState } from '../../reports/user-report.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

const titles = ['ID', 'SIGNS IN AS', 'ROLES', 'STATE', 'LAST HERE'];

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (paging: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(people.list(pageQuery(paging)));
    await session.output.result(page.raw, () => {
      const users = page.list('resources');
      if (users.length === 0) return [];
      return tableLines(
        titles.map((title) => ({ title })),
        users.map((user) => [
          visible(user.text('id')),
          visible(user.text('signInName')),
          userRoles(user),
          userState(user),
          user.has('lastUsedAt') ? shownTime(user.text('lastUsedAt')) : 'never',
        ]),
      );
    });
    tellRest(session.output, page, 'person', 'people');
  });
};
