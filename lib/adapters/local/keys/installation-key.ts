/**
 * `installation.key`: the embedded host's root of trust. With it and the catalog every backup key can be opened, so it
 * is made once, readable by its owner only, and never rewritten.
 */
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { HoldfastError, isSystemError } from '../../../model/errors.ts';
import { linkNew, syncFolder } from '../store/durable-names.ts';

const KEY_FILE_VERSION = 1;
const MAX_BYTES = 65_536;

const keyFileSchema = z.strictObject({
  format: z.literal('holdfast-installation-key'),
  version: z.literal(KEY_FILE_VERSION),
  id: z.uuid(),
  createdAt: z.iso.datetime(),
  /** 32 random bytes, base64. */
  wrappingKey: z.base64().length(44),
  /** Ed25519 private key, PKCS #8, base64. */
  signingKey: z.base64(),
  /** SHA-256 of id and keys, hex: shows a flipped bit here, before archives are made that no key opens. */
  checksum: z.string(),
});
export type InstallationKey = z.infer<typeof keyFileSchema>;

const checksumOf = ({ id, wrappingKey, signingKey }: Omit<InstallationKey, 'checksum'>): string =>
  createHash('sha256').update(`${id}\n${wrappingKey}\n${signingKey}`).digest('hex');

/**
 * Makes the file, durably. It appears whole or not at all: a crash leaves at most a `.new` beside it.
 *
 * @throws when it exists already.
 */
export const createInstallationKey = async (path: string): Promise<InstallationKey> => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const content = {
    format: 'holdfast-installation-key' as const,
    version: KEY_FILE_VERSION as 1,
    id: randomUUID(),
    createdAt: new Date().toISOString(),
    wrappingKey: randomBytes(32).toString('base64'),
    signingKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
  const keyFile = { ...content, checksum: checksumOf(content) };
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(keyFile, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await linkNew(draft, path);
  await rm(draft, { force: true });
  await syncFolder(dirname(path));
  return keyFile;
};

/**
 * Reads the file; undefined when it does not exist.
 *
 * @throws HoldfastError `config_invalid` when others can read it, `incompatible_version` when a newer Holdfast made it,
 * `internal` when it is damaged.
 */
export const readInstallationKey = async (path: string): Promise<InstallationKey | undefined> => {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new HoldfastError(
        'config_invalid',
        `${path} may be read or written by others (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it, and consider who may have copied it`,
      );
    return parseInstallationKey(size > MAX_BYTES ? '' : await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
};

const parseInstallationKey = (text: string, path: string): InstallationKey => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged(path, error);
  }
  const { version } = z
    .object({ version: z.number().catch(0) })
    .catch({ version: 0 })
    .parse(json);
  if (version > KEY_FILE_VERSION)
    throw new HoldfastError(
      'incompatible_version',
      `${path} was written by a newer Holdfast (version ${version}, this one supports ${KEY_FILE_VERSION}): start the newer version`,
    );
  const parsed = keyFileSchema.safeParse(json);
  if (!parsed.success || parsed.data.checksum !== checksumOf(parsed.data)) throw damaged(path, parsed.error);
  return parsed.data;
};

const damaged = (path: string, cause?: unknown): HoldfastError =>
  new HoldfastError('internal', `the key file ${path} is damaged: put back your copy of it`, { cause });
