import type { Session } from '../session.ts';
import { readPassword } from '../terminal/passphrase.ts';

/** The password of a key file: from `--password-file`, or asked for, twice when it is a new one. */
export const keyPassword = (
  session: Session,
  file: string | undefined,
  { isNew }: { readonly isNew: boolean },
): Promise<string> => readPassword(session, file, { option: '--password-file', isNew });
