import { type Command, Option } from 'commander';
import type { Entry } from '../../../client/answers.ts';
import { LONGEST_PAGE } from '../../../client/call.ts';
import * as backups from '../../../client/calls/backups.ts';
import type { Page } from '../../../model/requests/page.ts';
import { archivePassphrase } from '../../options/archive-passphrase.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import { contentsLine } from '../../reports/lines/contents-line.ts';
import type { Answer } from '../../requests/answer.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';

interface ContentsOptions extends PagingOptions {
  readonly component?: string;
  readonly all?: true;
  readonly passphraseFile?: string;
}

type ReadPage = (skip: number | undefined, limit: number | undefined) => Promise<Answer<Page<Entry>>>;

export const define = (command: Command, session: Session): void => {
  addPaging(command.argument('<id>', 'the backup'))
    .option('--component <id>', 'only the contents of this component')
    .addOption(new Option('--all', 'everything, entry by entry').conflicts(['skip', 'limit']))
    .option('--passphrase-file <file>', 'the passphrase of the archive; - reads standard input, or asks')
    .action(async (given: string, options: ContentsOptions) => {
      const id = await findId(session, 'backups', given);
      const read = await reader(session, id, options);
      if (options.all === true) await printAll(session, id, read);
      else await printPage(session, options, read);
    });
};

const reader = async (
  session: Session,
  id: string,
  { component, passphraseFile }: ContentsOptions,
): Promise<ReadPage> => {
  const client = await session.client();
  const passphrase = await archivePassphrase(session, await client.ask(backups.show(id)), passphraseFile);
  return (skip, limit) => client.ask(backups.contents(id, { skip, limit, component }, passphrase));
};

const printPage = async (session: Session, options: PagingOptions, read: ReadPage): Promise<void> => {
  const { skip, limit } = pageQuery(options);
  const page = await read(skip, limit);
  await session.output.result(page.raw, () => page.list('resources').map(contentsLine));
  tellRest(session.output, page, 'entry', 'entries');
};

const printAll = async ({ output }: Session, id: string, read: ReadPage): Promise<void> => {
  for (let skip = 0; !output.resultsClosed; ) {
    const page = await read(skip, LONGEST_PAGE);
    const entries = page.list('resources');
    for (const entry of entries) await output.entry(entry.raw, () => contentsLine(entry));
    skip += entries.length;
    if (entries.length > 0 && skip < page.count('total')) continue;
    if (output.json) await output.result({ id, total: page.count('total') }, () => []);
    return;
  }
};
