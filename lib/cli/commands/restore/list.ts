import type { Command } from 'commander';
import * as restores from '../../../client/calls/restores.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { colouredState } from '../../terminal/state-colour.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (options: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(restores.list(pageQuery(options)));
    await session.output.result(page.raw, () => {
      const restores = page.list('resources');
      if (restores.length === 0) return [];
      return tableLines(
        [{ title: 'ID' }, { title: 'CREATED' }, { title: 'STATE' }, { title: 'BACKUP' }],
        restores.map((restore) => [
          visible(restore.text('id')),
          shownTime(restore.text('createdAt')),
          colouredState(restore.text('state')) + (restore.flag('dryRun') ? ' (dry run)' : ''),
          visible(restore.text('backupId')),
        ]),
      );
    });
    tellRest(session.output, page, 'restore');
  });
};
