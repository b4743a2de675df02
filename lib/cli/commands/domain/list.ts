import type { Command } from 'commander';
import * as access from '../../../client/calls/access.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Session } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (paging: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(access.domains(pageQuery(paging)));
    await session.output.result(page.raw, () =>
      tableLines(
        [{ title: 'NAME' }, { title: 'FROM' }, { title: 'COMPONENTS' }],
        page
          .list('resources')
          .map((domain) => [
            visible(domain.text('name')),
            domain.text('source') === 'api' ? 'API' : 'configuration',
            domain.texts('components').map(visible).join(', '),
          ]),
      ),
    );
    tellRest(session.output, page, 'domain');
  });
};
