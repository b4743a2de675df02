/** Secrets come from a file, from standard input, or from a person at a terminal: never from the command line. */
import { stat } from 'node:fs/promises';
import { Failure, usageFailure } from '../failure.ts';
import type { Session } from '../session.ts';

const MAX_SECRET_BYTES = 64 * 1024;
const AGAIN = 'Run the command again, and type it then.';

interface PassphraseOptions {
  /** The option's name, for messages. */
  readonly option: string;
  /** Whether the passphrase is new: a person then types it twice. */
  readonly isNew: boolean;
}

/**
 * The passphrase of `--passphrase-file`: all of the file except one line break at its end; `-` reads standard input,
 * or asks when that is a terminal.
 *
 * @throws a usage Failure for an empty one, and for a
 * new one of more than one line.
 */
export const readPassphrase = async (
  session: Session,
  path: string,
  { option, isNew }: PassphraseOptions,
): Promise<string> => {
  if (path === '-' && process.stdin.isTTY) return askPassphrase(isNew, option);
  if (path !== '-') await warnWhenShared(session, path, option);
  const text = (await session.readInput(path, option, MAX_SECRET_BYTES)).replace(/\r?\n$/, '');
  if (text === '')
    throw usageFailure(`${option}: the passphrase is empty`, 'Write it into the file as its only line.');
  if (!/[\r\n]/.test(text)) return text;
  const lines = `${option}: more than one line`;
  if (isNew) throw usageFailure(`${lines}; a passphrase is one line, and nothing else is in its file`);
  // An earlier API accepted such passphrases, and archives sealed under one must still open.
  session.output.warning(`${lines}; all of it is taken as the passphrase`);
  return text;
};

/**
 * Asks a person, without echo. Each key counts, also one that types no letter: the server refuses a new passphrase with
 * such a character, and it is not silently changed here.
 *
 * @throws when there is no terminal, and when the two typed passphrases differ
 */
export const askPassphrase = async (isNew: boolean, option = '--passphrase-file'): Promise<string> => {
  if (!process.stdin.isTTY)
    throw usageFailure('this needs a passphrase', `Give ${option} FILE, or - for standard input.`);
  const passphrase = await promptHidden(isNew ? 'New passphrase: ' : 'Passphrase: ');
  if (passphrase === '') throw usageFailure('the passphrase is empty', AGAIN);
  if (isNew && (await promptHidden('Repeat the passphrase: ')) !== passphrase)
    throw usageFailure(
      'the two passphrases are not the same',
      'Run the command again, and type the same one twice.',
    );
  return passphrase;
};

/** A password: from a file or standard input if one is named, else asked for, twice when it is a new one. */
export const readPassword = (
  session: Session,
  file: string | undefined,
  { option, isNew }: PassphraseOptions,
): Promise<string> =>
  file === undefined ? askPassphrase(isNew, option) : readPassphrase(session, file, { option, isNew });

/** Asks a person for a secret, without echo. @throws when there is no terminal */
export const askSecret = async (question: string, option: string): Promise<string> => {
  if (!process.stdin.isTTY)
    throw usageFailure('this needs a secret', `Give ${option} FILE, or - for standard input.`);
  const secret = await promptHidden(question);
  if (secret === '') throw usageFailure('nothing was entered', AGAIN);
  return secret;
};

const warnWhenShared = async (session: Session, path: string, option: string): Promise<void> => {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() && (info.mode & 0o077) !== 0)
    session.output.warning(`${option}: other users of this machine may read ${path}; run chmod 600 on it`);
};

const promptHidden = async (question: string): Promise<string> => {
  const { stdin, stderr } = process;
  stdin.setEncoding('utf8');
  // Before the question, so that even an immediate answer is not shown.
  stdin.setRawMode(true);
  stderr.write(question);
  try {
    return await typedLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
};

const typedLine = (stdin: NodeJS.ReadStream): Promise<string> =>
  new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = (settle: () => void): void => {
      stdin.off('data', take);
      stdin.off('end', leave);
      settle();
    };
    const leave = (): void =>
      end(() => reject(new Failure('interrupted', 'nothing was done', { exitCode: 130, hint: AGAIN })));
    const take = (text: string | Buffer): void => {
      for (const character of String(text)) {
        if (character === '\r' || character === '\n') {
          end(() => resolve(typed.join('')));
          return;
        }
        if (character === '\u0003' || character === '\u0004') {
          leave();
          return;
        }
        if (character === '\u007f' || character === '\b') typed.pop();
        else if (character === '\u0015') typed = [];
        else typed.push(character);
      }
    };
    stdin.on('data', take);
    stdin.on('end', leave);
    stdin.resume();
  });
