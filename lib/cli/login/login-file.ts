/** The installation that the user is logged in to: its address and token, in a file that nobody else may read. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isSystemError } from '../../model/errors.ts';
import { Failure } from '../failure.ts';
import { Answer } from '../requests/answer.ts';
import { parsed, readOwn } from './own-text.ts';

export interface Login {
  readonly url: string;
  readonly token: string;
  /** Present for a token that an issuer gave. */
  readonly renewal?: Renewal | undefined;
}

/** How a token of an issuer is renewed. */
export interface Renewal {
  /** The installation's id of the issuer. */
  readonly issuerId: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly audience: string;
  readonly expiresAt: string;
  /** Empty: the issuer gave none. */
  readonly refreshToken: string;
}

const NAME = 'login.json';

/** The file belongs to the user, whatever folder a command runs in. */
const configFolder = ({ XDG_CONFIG_HOME, HOME }: NodeJS.ProcessEnv): string =>
  join(XDG_CONFIG_HOME || join(HOME || homedir(), '.config'), 'holdfast');

export const loginFile = (environment: NodeJS.ProcessEnv): string => join(configFolder(environment), NAME);

/** Undefined when nobody is logged in. @throws Failure for a file that may be another user's */
export const readLogin = async (environment: NodeJS.ProcessEnv): Promise<Login | undefined> => {
  let text: string;
  try {
    text = await readOwn(configFolder(environment), NAME);
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT') || isSystemError(cause, 'ENOTDIR')) return undefined;
    throw cause;
  }
  const login = new Answer<Login>(parsed(text));
  const [url, token] = [login.text('url'), login.text('token')];
  const renewal = login.has('renewal') ? renewalOf(login.part('renewal')) : undefined;
  if (url !== '' && token !== '') return { url, token, renewal };
  throw new Failure('unauthorized', `${loginFile(environment)} holds no login`, {
    hint: 'Log in again: holdfast login URL',
  });
};

const renewalOf = (kept: Answer<Renewal>): Renewal => ({
  issuerId: kept.text('issuerId'),
  issuer: kept.text('issuer'),
  clientId: kept.text('clientId'),
  audience: kept.text('audience'),
  expiresAt: kept.text('expiresAt'),
  refreshToken: kept.text('refreshToken'),
});

/** Writes the login, completely or not at all; an earlier login is replaced. */
export const writeLogin = async (environment: NodeJS.ProcessEnv, login: Login): Promise<string> => {
  const [folder, file] = [configFolder(environment), loginFile(environment)];
  const written = `${file}.new`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(written, { force: true });
    await writeFile(written, `${JSON.stringify(login)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(written, file);
  } catch (cause) {
    throw new Failure(
      'place_unwritable',
      `${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { hint: 'Let yourself write there, or set HOLDFAST_URL and HOLDFAST_TOKEN instead.', cause },
    );
  }
  return file;
};

/** Removes the login. True when there was one. */
export const removeLogin = async (environment: NodeJS.ProcessEnv): Promise<boolean> => {
  try {
    await rm(loginFile(environment));
    return true;
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT') || isSystemError(cause, 'ENOTDIR')) return false;
    throw cause;
  }
};
