import { type Command, Option } from 'commander';
import type { ContentsEntry } from '../../archive/format.ts';
import type { Page } from '../../model/requests.ts';
import { contentsLine } from '../contents-line.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../paging.ts';
import type { Session } from '../session.ts';

interface ContentsOptions extends PagingOptions {
  readonly component?: string;
  readonly all?: true;
}

/** As many as a page may have. */
const PAGE = 1000;

export const define = (command: Command, session: Session): void => {
  addPaging(command.argument('<id>', 'the backup'))
    .option('--component <id>', 'only what this component holds')
    .addOption(new Option('--all', 'everything, entry by entry').conflicts(['skip', 'limit']))
    .action(async (id: string, options: ContentsOptions) => {
      if (options.all === true) await printAll(session, id, options.component);
      else await printPage(session, id, options);
    });
};

const pathOf = (id: string): string => `/v1/backups/${encodeURIComponent(id)}/contents`;

const printPage = async (session: Session, id: string, options: ContentsOptions): Promise<void> => {
  const client = await session.client();
  const page = await client.get<Page<ContentsEntry>>(pathOf(id), {
    ...pageQuery(options),
    component: options.component,
  });
  await session.output.result(page.raw, () => page.list('resources').map(contentsLine));
  tellRest(session.output, page, 'entry', 'entries');
};

const printAll = async (session: Session, id: string, component: string | undefined): Promise<void> => {
  const { output } = session;
  const client = await session.client();
  for (let skip = 0; !output.resultsClosed; ) {
    const page = await client.get<Page<ContentsEntry>>(pathOf(id), { skip, limit: PAGE, component });
    const entries = page.list('resources');
    for (const entry of entries) await output.entry(entry.raw, () => contentsLine(entry));
    skip += entries.length;
    if (entries.length > 0 && skip < page.count('total')) continue;
    if (output.json) await output.result({ id, total: page.count('total') }, () => []);
    return;
  }
};
