import type { Session } from '../session.ts';
import { askPassphrase, readPassphrase } from '../terminal/passphrase.ts';

const OPTION = '--password-file';

/** The password of a key file: of `--password-file`, or asked for, twice when it is a new one. */
export const keyPassword = (
  session: Session,
  file: string | undefined,
  { isNew }: { readonly isNew: boolean },
): Promise<string> =>
  file === undefined
    ? askPassphrase(isNew, OPTION)
    : readPassphrase(session, file, { option: OPTION, isNew });
