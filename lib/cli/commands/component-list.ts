import type { Command } from 'commander';
import type { Page } from '../../model/requests/page.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../paging.ts';
import type { Session } from '../session.ts';
import { tableLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

interface Component {
  id: string;
  kind: string;
  domain: string;
  /** The place of the source: a folder, a database without its password. */
  target: string;
}

export const define = (command: Command, session: Session): void => {
  addPaging(command).action(async (options: PagingOptions) => {
    const client = await session.client();
    const page = await client.get<Page<Component>>('/v1/components', { query: pageQuery(options) });
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
