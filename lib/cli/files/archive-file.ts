/** An archive in a file on this machine, opened without any server. */
import type { ByteSource, FileSource } from '../../archive/reader/byte-source.ts';
import { isSystemError } from '../../model/errors.ts';
import { Failure } from '../failure.ts';

/**
 * How an archive in a file is opened: from any signer, or only from those that `--verify-key` names. For a signer who
 * is not named, the limits are those of an archive of ordinary size.
 */
export const signersNamed = (
  verifyKeys: readonly string[] | undefined,
): { trust: (verifyKey: string) => boolean; known: (verifyKey: string) => boolean } => ({
  trust: (verifyKey) => verifyKeys?.includes(verifyKey) ?? true,
  known: (verifyKey) => verifyKeys?.includes(verifyKey) ?? false,
});

/** Opens the file, uses it, closes it. @throws `not_found`; `failed` when it cannot be read */
export const withArchiveFile = async <T>(
  path: string,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> => {
  const { openFileSource } = await import('../../archive/reader/byte-source.ts');
  let source: FileSource;
  try {
    source = await openFileSource(path);
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT')) throw new Failure('not_found', `there is no file ${path}`, { cause });
    throw new Failure('failed', `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      hint: 'Let yourself read it, or name another file.',
      cause,
    });
  }
  try {
    return await use(source);
  } finally {
    await source.close();
  }
};
