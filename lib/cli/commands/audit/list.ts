import { type Command, InvalidArgumentError, Option } from 'commander';
import * as audit from '../../../client/calls/audit.ts';
import type { AuditRow } from '../../../model/records/audit.ts';
import { addPaging, type PagingOptions, pageQuery, tellRest } from '../../paging.ts';
import type { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

interface ListOptions extends PagingOptions {
  readonly principal?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
  readonly before?: number;
}

const instant = (text: string): string => {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It is not a time such as 2026-11-30T12:00:00Z.');
  return at.toISOString();
};

const rowNumber = (text: string): number => {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new InvalidArgumentError('It is not the number of a row.');
  return Number(text);
};

export const define = (command: Command, session: Session): void => {
  addPaging(command)
    .option('--principal <id|name>', 'only what this token, person or schedule did')
    .option('--action <name>', 'only this action, such as createBackup or schedule.run')
    .option('--subject <id>', 'only what was done to this backup, key, token ..., or created it')
    .addOption(
      new Option('--outcome <outcome>', 'only what had this outcome').choices([
        'done',
        'refused',
        'failed',
        'unknown',
      ]),
    )
    .option('--from <time>', 'not before this time', instant)
    .option('--to <time>', 'before this time', instant)
    .option('--before <row>', 'only rows with a smaller number', rowNumber)
    .action((options: ListOptions) => list(session, options));
};

const list = async (session: Session, options: ListOptions): Promise<void> => {
  const { skip: _, limit: __, ...filter } = options;
  const client = await session.client();
  const page = await client.ask(audit.list({ ...pageQuery(options), ...filter }));
  await session.output.result(page.raw, () => {
    const rows = page.list('resources');
    if (rows.length === 0) return [];
    return tableLines(
      [
        { title: 'ROW', align: 'right' },
        { title: 'TIME' },
        { title: 'WHO' },
        { title: 'FROM' },
        { title: 'ACTION' },
        { title: 'SUBJECT' },
        { title: 'OUTCOME' },
      ],
      rows.map(cellsOf),
    );
  });
  const { before: ___, ...narrowed } = filter;
  if (Object.values(narrowed).every((one) => one === undefined)) tellRest(session.output, page, 'row');
  else if (page.has('next'))
    session.output.note(`Older rows were not searched; --before ${page.count('next')} continues there.`);
};

const cellsOf = (row: Answer<AuditRow>): string[] => {
  const actor = row.part('actor');
  const who = actor.text('name') || actor.text('kind');
  const code = row.text('code');
  const times = row.count('count') > 1 ? ` (${row.count('count')} times)` : '';
  return [
    String(row.count('seq')),
    shownTime(row.text('at')),
    visible(who),
    visible(row.text('forwardedFor') || row.text('source')),
    visible(row.text('action')),
    visible([row.text('subject'), row.text('made')].filter(Boolean).join(' > ')),
    visible(row.text('outcome') + (code === '' ? '' : `: ${code}`)) + times,
  ];
};
