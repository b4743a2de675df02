/** Reads secrets from the environment and from files, as the configuration names them. */
import { open } from 'node:fs/promises';
import { ownValue } from '../../archive/own-value.ts';
import type { SecretReference } from '../../model/components/common-settings.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Secrets } from '../../ports/secrets.ts';

export const noSecretsManager = (name: string): string =>
  `the secret ${name} is one of AWS Secrets Manager, which this host does not have: name an environment variable {"env"} or a file {"file"}`;

/** Most bytes of a secret's file: enough for a URL with a token; a larger file is a mistake. */
const MAX_FILE_BYTES = 65_536;

export class EnvSecrets implements Secrets {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #log: Pick<Logger, 'warn'>;
  /** Files about which a warning was logged. */
  readonly #open = new Set<string>();

  constructor({
    log,
    env = process.env,
  }: { log: Pick<Logger, 'warn'>; env?: Readonly<Record<string, string | undefined>> }) {
    this.#log = log;
    this.#env = env;
  }

  /** A file is read anew each time, so that a changed password is used at once. */
  async resolve(reference: SecretReference): Promise<string> {
    if ('env' in reference) return this.#fromEnvironment(reference.env);
    if ('file' in reference) return this.#fromFile(reference.file);
    throw unavailable(noSecretsManager(reference.secretsManager));
  }

  #fromEnvironment(name: string): string {
    const value = ownValue(this.#env, name);
    if (value === undefined || value === '')
      throw unavailable(
        `the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}: set it and start Holdfast again`,
      );
    return value;
  }

  async #fromFile(path: string): Promise<string> {
    const { text, mode } = await readSmallFile(path);
    if ((mode & 0o004) !== 0 && !this.#open.has(path)) {
      this.#open.add(path);
      this.#log.warn('a secret can be read by every user of this machine: run chmod 600 on its file', {
        file: path,
      });
    }
    const [line = ''] = text.split(/\r?\n/, 1);
    if (line === '')
      throw unavailable(`the first line of the secret file ${path} is empty: write the secret there`);
    return line;
  }
}

const readSmallFile = async (path: string): Promise<{ text: string; mode: number }> => {
  try {
    const file = await open(path, 'r');
    try {
      const { mode } = await file.stat();
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_FILE_BYTES) });
      return { text: buffer.toString('utf8', 0, bytesRead), mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    throw unavailable(
      `the secret file ${path} cannot be read (${reason}): make it, readable for this user`,
      error,
    );
  }
};

const unavailable = (message: string, cause?: unknown): HoldfastError =>
  new HoldfastError('component_unavailable', message, { cause });
