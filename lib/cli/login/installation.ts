/** Chooses the installation that a command talks to, and the token. */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError } from '../../model/errors.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { Failure, usageFailure } from '../failure.ts';
import { Answer } from '../requests/answer.ts';
import { lastingToken } from './lasting-login.ts';
import { readLogin } from './login-file.ts';
import { parsed, readOwn } from './own-text.ts';

export interface Installation {
  /** Without a slash at its end. */
  readonly url: string;
  /** Empty: the user has none yet, and none is sent. */
  readonly token: string;
  /** Returns the token to send, for a login whose token may have to be renewed first. */
  readonly renewed?: (() => Promise<string>) | undefined;
  /** The value of HOLDFAST_BACKUP_TOKEN, sent beside the token. */
  readonly backupToken?: string | undefined;
  /** Whether the server is on this machine, so that paths mean the same to it. */
  readonly local: boolean;
  /** What to do when the server does not answer. */
  readonly whenSilent: string;
  /** What to do when the server refuses the token. */
  readonly whenRefused: string;
}

/** The files that a running embedded server writes into its data folder. */
interface ServerFile {
  url: string;
  pid: number;
}

const START_HINT =
  'Start a server with "npx holdfast serve", or name one with HOLDFAST_URL and HOLDFAST_TOKEN.';

const OTHER_TOKEN =
  'Set HOLDFAST_TOKEN to a token of this installation: an administrator makes one with "holdfast token create".';

/** The absolute path of the data folder: from `--data`, HOLDFAST_DATA, or `./holdfast-data`. */
export const dataFolder = (given: string | undefined, environment: NodeJS.ProcessEnv): string =>
  resolve(given || environment.HOLDFAST_DATA || 'holdfast-data');

/**
 * The installation of `--data`, else of HOLDFAST_URL with HOLDFAST_TOKEN, else the embedded one whose data folder
 * HOLDFAST_DATA names or the present folder contains, else the one that the user is logged in to.
 *
 * @throws a Failure that says how to name or start one.
 */
export const findInstallation = async (
  given: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Installation> => {
  const backupToken = environment.HOLDFAST_BACKUP_TOKEN || undefined;
  return { ...(await chosenInstallation(given, environment)), backupToken };
};

const chosenInstallation = async (
  given: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Installation> => {
  const { HOLDFAST_URL, HOLDFAST_TOKEN } = environment;
  if (given === undefined && HOLDFAST_URL) return namedInstallation(HOLDFAST_URL, HOLDFAST_TOKEN);
  const folder = dataFolder(given, environment);
  if (given === undefined && !environment.HOLDFAST_DATA && !(await hasServer(folder))) {
    const login = await readLogin(environment);
    if (login !== undefined) {
      const renewed = HOLDFAST_TOKEN ? undefined : lastingToken(environment, login);
      const named = namedInstallation(login.url, HOLDFAST_TOKEN || login.token, 'the login');
      const whenRefused = HOLDFAST_TOKEN
        ? OTHER_TOKEN
        : `Log in again: holdfast login ${shellWord(named.url)}`;
      return { ...named, renewed, whenRefused };
    }
  }
  return embeddedInstallation(folder, given === undefined ? HOLDFAST_TOKEN || undefined : undefined);
};

/** Whether a server of this data folder runs, or ran and did not end orderly. */
const hasServer = (folder: string): Promise<boolean> =>
  access(join(folder, 'server.json')).then(
    () => true,
    () => false,
  );

/**
 * @param what names the address in messages
 * @throws a usage Failure for an invalid address, and when there is no token
 */
export const namedInstallation = (
  address: string,
  token: string | undefined,
  what = 'HOLDFAST_URL',
): Installation => {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw usageFailure(
      `${what} is not an address such as https://holdfast.example.com: ${address}`,
      'Give the address that "holdfast serve" prints, or that the administrator tells.',
    );
  if (url.username !== '' || url.password !== '')
    throw usageFailure(
      `${what} has a user name or a password in it; set the token in HOLDFAST_TOKEN instead`,
      'Write the address without them.',
    );
  if (!token)
    throw usageFailure(
      'HOLDFAST_URL is set and HOLDFAST_TOKEN is not; set both, or neither',
      'An administrator makes a token with "holdfast token create".',
    );
  return { ...strangerAt(url, what), token };
};

/** The installation for a user who has no token yet. @throws as `namedInstallation` */
export const strangersInstallation = (address: string): Installation => {
  const { url } = namedInstallation(address, 'none', 'the address');
  return strangerAt(new URL(url), 'the address');
};

const strangerAt = (url: URL, what: string): Installation => ({
  url: url.href.replace(/\/+$/, ''),
  token: '',
  local: isLoopback(url),
  whenSilent: `Check ${what}, and that the server runs.`,
  whenRefused:
    what === 'HOLDFAST_URL'
      ? OTHER_TOKEN
      : 'Give another one: an administrator makes a token with "holdfast token create".',
});

const embeddedInstallation = async (folder: string, token: string | undefined): Promise<Installation> => {
  const server = await readServerFile(folder);
  const own = token ?? (await readOwnToken(folder));
  return {
    url: server.url,
    token: own,
    local: true,
    whenSilent: START_HINT,
    whenRefused:
      token === undefined
        ? `Start the server again: it writes another token into ${join(folder, 'cli.token')}`
        : OTHER_TOKEN,
  };
};

const readServerFile = async (folder: string): Promise<{ url: string }> => {
  const path = join(folder, 'server.json');
  let text: string;
  try {
    text = await readOwn(folder, 'server.json');
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (!isSystemError(cause, 'ENOENT') && !isSystemError(cause, 'ENOTDIR')) throw unreadable(path, cause);
    throw new Failure('unreachable', `no Holdfast server runs here: there is no ${path}`, {
      hint: START_HINT,
    });
  }
  const file = new Answer<ServerFile>(parsed(text));
  const url = URL.parse(file.text('url'));
  if (url === null) throw new Failure('unreachable', `${path} names no server`, { hint: START_HINT });
  // Another program may listen there by now, and must not get the token.
  if (!isAlive(file.count('pid')))
    throw new Failure('unreachable', `the server of ${folder} is no longer running`, { hint: START_HINT });
  return { url: url.href.replace(/\/+$/, '') };
};

const readOwnToken = async (folder: string): Promise<string> => {
  const path = join(folder, 'cli.token');
  try {
    const token = (await readOwn(folder, 'cli.token')).trim();
    if (token !== '') return token;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (!isSystemError(cause, 'ENOENT')) throw unreadable(path, cause);
  }
  throw new Failure('unauthorized', `there is no token in ${path}`, {
    hint: "Set HOLDFAST_TOKEN to an administrator's token, or start the server again: it writes the file.",
  });
};

const unreadable = (path: string, cause: unknown): Failure =>
  new Failure('unauthorized', `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
    hint: 'Run this as the user that runs the server, or set HOLDFAST_URL and HOLDFAST_TOKEN.',
    cause,
  });

const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isSystemError(error, 'ESRCH');
  }
};

export const isLoopback = (url: URL): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
