import { type Command, Option } from 'commander';
import * as keys from '../../../client/calls/keys.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import { keyScope } from '../../reports/key-report.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

interface ListOptions extends PagingOptions {
  readonly scope?: 'system' | 'domain';
  readonly domain?: string;
}

export const define = (command: Command, session: Session): void => {
  addPaging(command)
    .addOption(new Option('--scope <scope>', 'only keys of this scope').choices(['system', 'domain']))
    .option('--domain <domain>', 'only keys of this domain')
    .action(async ({ scope, domain, ...paging }: ListOptions) => {
      const client = await session.client();
      const query = { ...pageQuery(paging), scope, domain };
      const page = await client.ask(keys.list(query));
      await session.output.result(page.raw, () => {
        const keys = page.list('resources');
        if (keys.length === 0) return [];
        return tableLines(
          [
            { title: 'ID' },
            { title: 'CREATED' },
            { title: 'SCOPE' },
            { title: 'DEFAULT' },
            { title: 'NOTE' },
          ],
          keys.map((key) => [
            visible(key.text('id')),
            shownTime(key.text('createdAt')),
            keyScope(key),
            key.flag('isDefault') ? 'yes' : '-',
            [
              key.flag('postQuantum') ? 'post-quantum' : '',
              key.has('importedFrom') ? `from ${visible(key.text('importedFrom'))}` : '',
            ]
              .filter((note) => note !== '')
              .join(', '),
          ]),
        );
      });
      tellRest(session.output, page, 'key');
    });
};
