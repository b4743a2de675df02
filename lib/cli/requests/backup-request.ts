/** Makes the request from the options of `backup create`. */
import { isAbsolute, resolve } from 'node:path';
import { Option } from 'commander';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import type { VerificationDepth } from '../../model/verification-depth.ts';
import { usageFailure } from '../failure.ts';
import type { Session } from '../session.ts';
import { readPassphrase } from '../terminal/passphrase.ts';
import { findId } from './find-id.ts';

/** The parts of the request; the server chooses those that are not given. */
export interface BackupOptions {
  readonly label?: string;
  readonly description?: string;
  readonly scope?: 'system' | 'domain';
  readonly domain?: string;
  readonly component?: readonly string[];
  readonly filters?: string;
  readonly filtersFile?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly tiedToHsm?: true;
  readonly fileName?: string;
  readonly backupPath?: string;
  readonly overwrite?: true;
  readonly includeLogs?: true;
  readonly logFileName?: string;
  readonly verification?: VerificationDepth;
  readonly notify?: string;
}

/** Options for one backup, and for those of a schedule. */
export const verificationOption = (): Option =>
  new Option(
    '--verification <depth>',
    'how the archive is read back before it is a SUCCESS: every byte, or decrypted and unpacked as well (default: full)',
  ).choices(['full', 'deep']);

type Request = Partial<CreateBackupRequest>;

const MAX_FILTER_BYTES = 512 * 1024;

/**
 * Reads the files that the options name, and looks up the key.
 *
 * @throws Failure `usage` for a file that cannot be read, or is not JSON; as `findId` for the key
 */
export const backupRequest = async (session: Session, options: BackupOptions): Promise<Request> => {
  const { component, key, filters, filtersFile, passphraseFile, backupPath, ...same } = options;
  const request: Request = { ...pick(same) };
  if (component !== undefined) request.components = [...component];
  if (key !== undefined) request.keyId = await findId(session, 'keys', key);
  if (backupPath !== undefined) request.backupPath = placeFromHere(backupPath);
  if (filters !== undefined) request.filters = parseFilters(filters, '--filters');
  if (filtersFile !== undefined) {
    const text = await session.readInput(filtersFile, '--filters-file', MAX_FILTER_BYTES);
    request.filters = parseFilters(text, '--filters-file');
  }
  if (passphraseFile !== undefined)
    request.passphrase = await readPassphrase(session, passphraseFile, {
      option: '--passphrase-file',
      isNew: true,
    });
  return request;
};

/** The options that are request fields of the same name; options of the command itself are left out. */
const pick = (options: BackupOptions): Request => {
  const {
    label,
    description,
    scope,
    domain,
    tiedToHsm,
    fileName,
    overwrite,
    includeLogs,
    logFileName,
    verification,
    notify,
  } = options;
  const fields = {
    label,
    description,
    // A domain without a scope means a backup of that domain.
    scope: scope ?? (domain === undefined ? undefined : 'domain'),
    domain,
    tiedToHsm,
    fileName,
    overwrite,
    includeLogs,
    logFileName,
    verification,
    notify,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
};

/** `./here` is relative to this shell's folder, not to the server's. */
const placeFromHere = (path: string): string =>
  !isAbsolute(path) && /^\.{1,2}(\/|$)/.test(path) ? resolve(path) : path;

/** The server checks that they are filters. */
const parseFilters = (text: string, option: string): CreateBackupRequest['filters'] => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw usageFailure(
      `${option}: not JSON: ${cause instanceof Error ? cause.message : cause}`,
      'Filters are a list such as [{"resourceType": "users", "resourceQuery": {"name": "A*"}}].',
    );
  }
};
