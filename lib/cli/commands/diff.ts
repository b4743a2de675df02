import type { Command } from 'commander';
import type { Entry } from '../../client/answers.ts';
import * as backups from '../../client/calls/backups.ts';
import { type ChangeOf, changesBetween } from '../../model/entry-changes.ts';
import { exitCodes } from '../../model/errors.ts';
import { Answer } from '../requests/answer.ts';
import { everyEntry, SharedPassphrase } from '../requests/every-entry.ts';
import { findId } from '../requests/find-id.ts';
import type { Session } from '../session.ts';
import { formatBytes, formatCount } from '../terminal/quantities.ts';
import { tableLines } from '../terminal/table.ts';
import { visible, visibleBytes } from '../terminal/visible-text.ts';

interface DiffOptions {
  readonly component?: string;
  readonly passphraseFile?: string;
  readonly exitCode?: true;
  readonly summary?: true;
}

/** Differences of one component. */
interface Totals {
  added: number;
  addedBytes: number;
  removed: number;
  removedBytes: number;
  changed: number;
}

type Shown = Partial<Entry>;

export const define = (command: Command, session: Session): void => {
  command
    .argument('<a>', 'a backup, normally the older one')
    .argument('<b>', 'another one')
    .option('--component <id>', 'only the contents of this component')
    .option('--summary', 'totals only')
    .option('--passphrase-file <file>', 'the passphrase of the archives; - reads standard input, or asks')
    .option('--exit-code', 'exit with 7 when they differ; without this option the exit code is 0 also then')
    .action((a: string, b: string, options: DiffOptions) => diff(session, a, b, options));
};

const diff = async (session: Session, a: string, b: string, options: DiffOptions): Promise<void> => {
  const { output } = session;
  const [idA, idB] = [await findId(session, 'backups', a), await findId(session, 'backups', b)];
  const totals = new Map<string, Totals>();
  for await (const change of changes(session, idA, idB, options)) {
    count(totals, change);
    if (options.summary === true) continue;
    const { kind, of, before, after } = change;
    const { component, path, pathBase64 } = after ?? before ?? {};
    const told = { change: kind, ...(of.length > 0 && { of }), component, path, pathBase64, before, after };
    await output.entry(told, () => changeLine(change));
    if (output.resultsClosed) return;
  }
  const components = Object.fromEntries(totals);
  await output.result({ a: idA, b: idB, same: totals.size === 0, components }, () =>
    totals.size === 0 ? ['Their contents are the same.'] : ['', ...totalLines(totals)],
  );
  if (options.exitCode === true && totals.size > 0) session.exitCode = exitCodes.differ;
};

interface Change {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly of: readonly ChangeOf[];
  readonly before?: Shown;
  readonly after?: Shown;
}

/** Differences of every entry in B, in its order; then those of entries in A only. */
async function* changes(
  session: Session,
  idA: string,
  idB: string,
  { component, passphraseFile }: DiffOptions,
): AsyncGenerator<Change, void, undefined> {
  const { EntryTable } = await import('../files/entry-table.ts');
  const client = await session.client();
  const passphrases = new SharedPassphrase(session, passphraseFile);
  const entriesOf = async (id: string) => {
    const backup = await client.ask(backups.show(id));
    return everyEntry(session, { id, component, passphrase: await passphrases.needed(backup) });
  };
  using table = new EntryTable();
  for await (const entry of await entriesOf(idA)) table.put(keyOf(entry), JSON.stringify(entry.raw));
  for await (const entry of await entriesOf(idB)) {
    const after: Shown = entry.raw;
    const known = table.take(keyOf(entry));
    if (known === undefined) yield { kind: 'added', of: [], after };
    else {
      const before: Shown = JSON.parse(known);
      const of = changesBetween(before, after);
      if (of.length > 0) yield { kind: 'changed', of, before, after };
    }
  }
  for (const value of table.rest()) yield { kind: 'removed', of: [], before: JSON.parse(value) };
}

const keyOf = (entry: Answer<Entry>): string =>
  JSON.stringify([entry.text('component'), entry.text('path'), entry.text('pathBase64')]);

const count = (totals: Map<string, Totals>, { kind, before, after }: Change): void => {
  const name = after?.component ?? before?.component ?? '';
  const of = totals.get(name) ?? { added: 0, addedBytes: 0, removed: 0, removedBytes: 0, changed: 0 };
  totals.set(name, of);
  of[kind] += 1;
  if (kind === 'added') of.addedBytes += after?.size ?? 0;
  if (kind === 'removed') of.removedBytes += before?.size ?? 0;
};

const SIGNS = { added: '+', removed: '-', changed: 'M' };

/** `M  files:etc/hosts  content, time` */
const changeLine = ({ kind, of, before, after }: Change): string => {
  const entry = new Answer<Entry>(after ?? before);
  const base64 = entry.text('pathBase64');
  const path = base64 === '' ? visible(entry.text('path')) : visibleBytes(Buffer.from(base64, 'base64'));
  const what = of.length === 0 ? '' : `  ${of.join(', ')}`;
  return `${SIGNS[kind]}  ${visible(entry.text('component'))}:${path}${what}`;
};

const totalLines = (totals: ReadonlyMap<string, Totals>): string[] =>
  tableLines(
    [
      { title: 'COMPONENT' },
      { title: 'ADDED', align: 'right' },
      { title: 'BYTES', align: 'right' },
      { title: 'REMOVED', align: 'right' },
      { title: 'BYTES', align: 'right' },
      { title: 'CHANGED', align: 'right' },
    ],
    [...totals].map(([name, { added, addedBytes, removed, removedBytes, changed }]) => [
      visible(name),
      formatCount(added),
      formatBytes(addedBytes),
      formatCount(removed),
      formatBytes(removedBytes),
      formatCount(changed),
    ]),
  );
