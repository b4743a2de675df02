import type { Command } from 'commander';
import type { Entry } from '../../client/answers.ts';
import { exitCodes } from '../../model/errors.ts';
import type { BackupView } from '../../model/records/backup.ts';
import { Failure, usageFailure } from '../failure.ts';
import { contentsLine } from '../reports/lines/contents-line.ts';
import type { Answer } from '../requests/answer.ts';
import { everyEntry, hasPassphrase, SharedPassphrase } from '../requests/every-entry.ts';
import { everyRestorable } from '../requests/find-id.ts';
import type { Session } from '../session.ts';
import { countOf } from '../terminal/quantities.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { visible } from '../terminal/visible-text.ts';

interface FindOptions {
  readonly label?: string;
  readonly component?: string;
  readonly passphraseFile?: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<pattern>', 'a pattern of names or paths, as in a .gitignore: report.pdf, *.sql, etc/**/hosts')
    .option('--label <label>', 'only in backups of this label')
    .option('--component <id>', 'only in this component')
    .option(
      '--passphrase-file <file>',
      'the passphrase of archives that have one; without it they are left out',
    )
    .action((pattern: string, options: FindOptions) => find(session, pattern, options));
};

const find = async (session: Session, pattern: string, options: FindOptions): Promise<void> => {
  const { output } = session;
  const matches = await matcherOf(pattern);
  const passphrases = new SharedPassphrase(session, options.passphraseFile);
  const counts = { backups: 0, found: 0, notSearched: 0 };
  for await (const backup of everyRestorable(session, options.label)) {
    if (output.resultsClosed) return;
    const id = backup.text('id');
    const { component } = options;
    if (component !== undefined && !backup.byName('components').some(([name]) => name === component))
      continue;
    const passphrase = await passphrases.given(backup);
    if (hasPassphrase(backup) && passphrase === undefined) {
      counts.notSearched += 1;
      output.warning(`${id} has a passphrase and is not searched; give it with --passphrase-file`);
      continue;
    }
    try {
      for await (const entry of everyEntry(session, { id, component, passphrase })) {
        if (!matches(entry)) continue;
        counts.found += 1;
        await output.entry({ backup: id, backupCreatedAt: backup.text('createdAt'), ...entry.raw }, () =>
          foundLine(backup, entry),
        );
        if (output.resultsClosed) return;
      }
      counts.backups += 1;
    } catch (error) {
      // One archive that cannot be read keeps nobody from the others.
      if (!(error instanceof Failure) || error.code === 'disconnected' || error.code === 'unreachable')
        throw error;
      counts.notSearched += 1;
      output.warning(`${id} is not searched: ${error.message}`);
    }
  }
  if (output.json) await output.result({ pattern, ...counts }, () => []);
  else
    output.note(
      `${countOf(counts.found, 'entry', 'entries')} in ${countOf(counts.backups, 'backup')}` +
        (counts.notSearched === 0 ? '' : `; ${countOf(counts.notSearched, 'backup')} not searched`),
    );
  if (counts.notSearched > 0) session.exitCode = exitCodes.partial;
  else if (counts.found === 0) session.exitCode = exitCodes.notFound;
};

const foundLine = (backup: Answer<BackupView>, entry: Answer<Entry>): string =>
  `${visible(backup.text('id'))}  ${shownTime(backup.text('createdAt'))}  ${contentsLine(entry)}`;

/** Patterns mean what they mean under `exclude`, but that a folder found is not all that is in it. */
const matcherOf = async (pattern: string): Promise<(entry: Answer<Entry>) => boolean> => {
  const { parsePattern, PatternError } = await import('../../model/path-pattern.ts');
  try {
    const patterns = parsePattern(pattern);
    if (patterns.some(({ negated }) => negated))
      throw usageFailure(`"${visible(pattern)}": a search pattern must not begin with "!"`);
    const found = patterns.map(({ source, folderOnly, everythingBelow }) => ({
      folderOnly,
      everythingBelow,
      regExp: new RegExp(`^(?:${source})$`, 'su'),
      below: new RegExp(`^(?:${source})/.+$`, 'su'),
    }));
    return (entry) => {
      const path = entry.text('path');
      const isFolder = entry.text('type') === 'directory';
      return found.some(({ folderOnly, everythingBelow, regExp, below }) =>
        everythingBelow ? below.test(path) : (isFolder || !folderOnly) && regExp.test(path),
      );
    };
  } catch (error) {
    if (error instanceof PatternError) throw usageFailure(error.message);
    throw error;
  }
};
