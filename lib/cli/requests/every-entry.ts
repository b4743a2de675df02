/** The contents of archives in the store, entry by entry, with one page in memory at a time. */

import type { Entry } from '../../client/answers.ts';
import * as backups from '../../client/calls/backups.ts';
import { everyPage } from '../../client/pages.ts';
import type { BackupView } from '../../model/records/backup.ts';
import type { Session } from '../session.ts';
import { askPassphrase, readPassphrase } from '../terminal/passphrase.ts';
import { type Answer, extentOf } from './answer.ts';

export interface EntriesOf {
  readonly id: string;
  readonly component?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** The entries in the order of the archive. @throws Failure, as a page of contents does */
export async function* everyEntry(
  session: Session,
  { id, component, passphrase }: EntriesOf,
): AsyncGenerator<Answer<Entry>, void, undefined> {
  const client = await session.client();
  const pages = everyPage(
    (paging) => client.ask(backups.contents(id, { ...paging, component }, passphrase)),
    extentOf,
  );
  for await (const page of pages) yield* page.list('resources');
}

/** The one passphrase of `--passphrase-file` for several archives: read when the first of them needs it. */
export class SharedPassphrase {
  readonly #session: Session;
  readonly #file: string | undefined;
  #read: Promise<string> | undefined;

  constructor(session: Session, file: string | undefined) {
    this.#session = session;
    this.#file = file;
  }

  /** Undefined for an archive without one, and when none was given. */
  async given(backup: Answer<BackupView>): Promise<string | undefined> {
    if (!hasPassphrase(backup) || this.#file === undefined) return undefined;
    this.#read ??= readPassphrase(this.#session, this.#file, { option: '--passphrase-file', isNew: false });
    return this.#read;
  }

  /** Asks for the passphrase when none was given. */
  async needed(backup: Answer<BackupView>): Promise<string | undefined> {
    if (!hasPassphrase(backup)) return undefined;
    return (await this.given(backup)) ?? (await askPassphrase(false));
  }
}

export const hasPassphrase = (backup: Answer<BackupView>): boolean =>
  backup.part('encryption').text('mode') === 'passphrase';
