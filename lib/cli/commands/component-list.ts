import type { Command } from 'commander';
import * as installation from '../../client/calls/installation.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../paging.ts';
import type { Session } from '../session.ts';
import { tableLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (options: PagingOptions) => {
    const client = await session.client();
    const page = await client.ask(installation.components(pageQuery(options)));
    await session.output.result(page.raw, () => {
      const components = page.list('resources');
      if (components.length === 0) return [];
      return tableLines(
        [{ title: 'ID' }, { title: 'KIND' }, { title: 'DOMAIN' }, { title: 'TARGET' }],
        components.map((component) => [
          visible(component.text('id')),
          visible(component.text('kind')),
          visible(component.text('domain')),
          visible(component.text('target')),
        ]),
      );
    });
    tellRest(session.output, page, 'component');
  });
};
