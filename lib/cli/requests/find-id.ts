/** Finds the ids of the command line: a whole id, a beginning that only one id has, or `latest`. */
import type { Call, Paging } from '../../client/call.ts';
import * as access from '../../client/calls/access.ts';
import * as approvals from '../../client/calls/approvals.ts';
import * as backups from '../../client/calls/backups.ts';
import * as keys from '../../client/calls/keys.ts';
import * as notices from '../../client/calls/notices.ts';
import * as people from '../../client/calls/people.ts';
import * as restores from '../../client/calls/restores.ts';
import * as uploads from '../../client/calls/uploads.ts';
import { everyPage } from '../../client/pages.ts';
import { isAheadOf } from '../../model/clock-skew.ts';
import { exitCodes } from '../../model/errors.ts';
import { idSchema, labelSchema } from '../../model/ids.ts';
import type { BackupView } from '../../model/records/backup.ts';
import type { Page } from '../../model/requests/page.ts';
import { Failure, usageFailure } from '../failure.ts';
import { listCommands } from '../next-steps/list-commands.ts';
import type { Session } from '../session.ts';
import { visible } from '../terminal/visible-text.ts';
import { Answer, extentOf } from './answer.ts';

const lists = {
  backups: backups.list,
  restores: restores.list,
  keys: keys.list,
  tokens: access.tokens,
  users: people.list,
  uploads: uploads.list,
  notices: notices.list,
  approvals: approvals.list,
  'verify-keys': keys.listVerifyKeys,
} satisfies Partial<Record<keyof typeof listCommands, (paging: Paging) => Call<Page<object>>>>;
type List = keyof typeof lists;

interface Listed {
  id: string;
  state: string;
  /** For a backup: the one that has overwritten its file. */
  replacedBy: string;
  /** Of a person: what the person signs in with, and the domain the person belongs to. */
  name: string;
  domain: string;
}

/** The shortest beginning of an id: a shorter one is more often a typing mistake. */
const MIN_PREFIX = 4;
const SHOWN = 5;
const UUID_CHARACTERS = 36;

/**
 * The id that `word` means: a whole id is returned without asking the server; else the one id that begins so, or whose
 * UUID does; also a person's name; for backups also `latest` or `latest:LABEL`, the newest one that can be restored. A
 * backup dated in the future gives a warning, and is used only if there is no other: a clock that was once ahead must
 * not make it the newest for years.
 *
 * @throws Failure: `not_found`; `usage` when several begin so
 */
export const findId = async (session: Session, list: List, word: string): Promise<string> => {
  if (idSchema.safeParse(word).success) return word;
  const [, label] = /^latest(?::(.*))?$/s.exec(word) ?? [undefined, undefined];
  if (list === 'backups' && /^latest(:|$)/.test(word)) return latestBackup(session, label);
  return idThatBegins(session, list, word);
};

/** Whether an id, or its UUID, begins with the typed text, if that is long enough. */
export const beginsWith = (id: string, word: string): boolean =>
  word.length >= MIN_PREFIX && (id.startsWith(word) || id.slice(-UUID_CHARACTERS).startsWith(word));

/** Whether the typed text is a person's name, in any case; the domain may precede it, as for signing in. */
const isNamed = (entry: Answer<Listed>, word: string): boolean =>
  [entry.text('name'), `${entry.text('domain')}/${entry.text('name')}`].some(
    (name) => name.toLowerCase() === word.toLowerCase(),
  );

const latestBackup = async (session: Session, label: string | undefined): Promise<string> => {
  if (label !== undefined && !labelSchema.safeParse(label).success)
    throw usageFailure(`latest:${visible(label)}: write a label of backups after the colon`);
  let ofTheFuture: string | undefined;
  for await (const backup of everyRestorable(session, label)) {
    const [id, createdAt] = [backup.text('id'), backup.text('createdAt')];
    if (!isAheadOf(createdAt, Date.now())) return id;
    ofTheFuture ??= id;
    session.output.warning(
      `${id} was created at ${createdAt}, which is in the future: a clock is wrong, and latest means this one only if there is no other`,
    );
  }
  if (ofTheFuture !== undefined) return ofTheFuture;
  throw notFound(
    'backups',
    label === undefined
      ? 'there is no backup that could be restored'
      : `there is no backup of label ${visible(label)} that could be restored`,
  );
};

/**
 * Backups that can be restored, of a label or all, the newest first: those that ended well, and still have their own
 * file.
 */
export async function* everyRestorable(
  session: Session,
  label: string | undefined,
): AsyncGenerator<Answer<BackupView>, void, undefined> {
  for await (const backup of listed(session, 'backups', label))
    if (['SUCCESS', 'PARTIAL'].includes(backup.text('state')) && backup.text('replacedBy') === '')
      yield new Answer(backup.raw);
}

const idThatBegins = async (session: Session, list: List, word: string): Promise<string> => {
  const { one, command } = listCommands[list];
  const hasNames = list === 'users';
  const found: string[] = [];
  if (hasNames || word.length >= MIN_PREFIX)
    for await (const entry of listed(session, list)) {
      const id = entry.text('id');
      if (id === word) return id;
      // A name that looks like the id of another person fits both, and is then refused.
      if (beginsWith(id, word) || (hasNames && isNamed(entry, word))) found.push(id);
    }
  const [only] = found;
  const isMeant = hasNames ? 'has this name, or an id that begins with' : 'has an id that begins with';
  if (only === undefined) throw notFound(list, `no ${one} ${isMeant} "${visible(word)}"`);
  if (found.length === 1) return only;
  throw new Failure(
    'usage',
    hasNames
      ? `"${visible(word)}" is the name of ${found.length} people, or what their ids begin with`
      : `the ids of ${found.length} ${one}s begin with "${visible(word)}"`,
    {
      exitCode: exitCodes.usage,
      lines: found.slice(0, SHOWN).map(visible),
      details: { ids: found.slice(0, SHOWN) },
      hint: `Give more of the id: "${command}" shows them.`,
    },
  );
};

const notFound = (list: List, message: string): Failure =>
  new Failure('not_found', message, { hint: `"${listCommands[list].command}" shows what there is.` });

/** The whole list, page by page, the newest first if it has an order. */
async function* listed(session: Session, list: List, label?: string): AsyncGenerator<Answer<Listed>> {
  const client = await session.client();
  const call: (query: Paging & { readonly label?: string | undefined }) => Call<Page<object>> = lists[list];
  const pages = everyPage((paging) => client.ask(call({ ...paging, label })), extentOf);
  // Each kind has some of the fields that are looked at.
  for await (const page of pages) for (const { raw } of page.list('resources')) yield new Answer(raw);
}
