/** A verify key as one line of text, to mail or to read aloud. */
import { usageFailure } from '../../failure.ts';

const WORD = 'holdfast-verify-key';

export const verifyKeyLine = (installation: string, publicKey: string): string =>
  `${WORD} ${publicKey} ${installation}`;

export interface SaidVerifyKey {
  readonly publicKey: string;
  readonly installation: string | undefined;
}

/** Reads the line, or the key alone. @throws a usage Failure */
export const parseVerifyKey = (text: string): SaidVerifyKey => {
  const words = text.trim().split(/\s+/);
  const [publicKey = '', installation] = words[0] === WORD ? words.slice(1) : words;
  if (words.length > 3 || !/^[A-Za-z0-9+/]{43}=$/.test(publicKey))
    throw usageFailure(
      'this is not a verify key: 32 bytes in base64, as "holdfast verify-key show" prints it there',
      'Copy the whole line that it prints at the installation of the signer.',
    );
  return { publicKey, installation };
};
