/** Commands that only a person can run: the caller signs in for the one command, beside the token. */
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import type { Client } from '../requests/client.ts';
import type { Session } from '../session.ts';
import { readPassword } from '../terminal/passphrase.ts';

const PASSWORD = '--password-file';

export interface PersonOptions {
  readonly as?: string;
  readonly passwordFile?: string;
}

export const addPersonOptions = (command: Command): Command =>
  command
    .option('--as <name>', 'sign in as this person for the command (of a domain: domain/name)')
    .option(`${PASSWORD} <file>`, 'with --as: the password; - reads standard input, or asks');

/**
 * Does work as the person of `--as`, whose session ends with it; without `--as`, by the token.
 *
 * @throws the Failure of a sign-in that is refused, and what the work throws
 */
export const asPerson = async <T>(
  session: Session,
  { as, passwordFile }: PersonOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const client = await session.client();
  if (as === undefined) return work(client);
  const password = await readPassword(session, passwordFile, { option: PASSWORD, isNew: false });
  const person = await client.signIn(as, password).catch((thrown: unknown) => {
    throw thrown instanceof Failure && thrown.code === 'unauthorized' ? refused(thrown) : thrown;
  });
  try {
    return await work(person);
  } finally {
    await person.signOut().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      session.output.warning(`the session of ${as} could not be ended, and will expire: ${reason}`);
    });
  }
};

/** The refusal concerns the person: nothing is wrong with the token beside it. */
const refused = ({ code, message, details, cause }: Failure): Failure =>
  new Failure(code, message, {
    details,
    cause,
    hint: 'Check the name of --as (of a domain: domain/name) and the password.',
  });
