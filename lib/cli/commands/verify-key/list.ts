import type { Command } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (options: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(keys.listVerifyKeys(pageQuery(options)));
    await session.output.result(page.raw, () => {
      const keys = page.list('resources');
      if (keys.length === 0) return [];
      return tableLines(
        [{ title: 'ID' }, { title: 'INSTALLATION' }, { title: 'ADDED' }, { title: 'KEY' }],
        keys.map((key) => [
          visible(key.text('id')),
          visible(key.text('installation')) + (key.flag('own') ? ' (this one)' : ''),
          shownTime(key.text('addedAt')),
          visible(key.text('publicKey')),
        ]),
      );
    });
    tellRest(session.output, page, 'verify key');
  });
};
