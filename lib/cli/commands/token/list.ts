import type { Command } from 'commander';
import * as access from '../../../client/calls/access.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import { tokenEnd, tokenPlace } from '../../reports/token-report.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

const titles = ['ID', 'NAME', 'ROLE', 'WHERE', 'LAST USED', 'EXPIRES'];

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (paging: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(access.tokens(pageQuery(paging)));
    await session.output.result(page.raw, () => {
      const tokens = page.list('resources');
      if (tokens.length === 0) return [];
      return tableLines(
        titles.map((title) => ({ title })),
        tokens.map((token) => [
          visible(token.text('id')),
          visible(token.text('name')),
          visible(token.text('role')),
          tokenPlace(token),
          token.has('lastUsedAt') ? shownTime(token.text('lastUsedAt')) : 'never',
          tokenEnd(token),
        ]),
      );
    });
    tellRest(session.output, page, 'token');
  });
};
