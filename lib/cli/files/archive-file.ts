/** An archive that lies in a file here, opened without any server. */
import type { ByteSource, FileSource } from '../../archive/reader/byte-source.ts';
import { isSystemError } from '../../model/errors.ts';
import { Failure } from '../failure.ts';

/**
 * How an archive in a file is opened: any signer's, or those that `--verify-key` names. Of one who is not named, no more is
 * opened than an archive of ordinary size needs.
 */
export const signersNamed = (
  verifyKeys: readonly string[] | undefined,
): { trust: (verifyKey: string) => boolean; known: (verifyKey: string) => boolean } => ({
  trust: (verifyKey) => verifyKeys?.includes(verifyKey) ?? true,
  known: (verifyKey) => verifyKeys?.includes(verifyKey) ?? false,
});

/** Opens the file, uses it, closes it. @throws `not_found` and, for what cannot be read, `failed` */
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
      cause,
    });
  }
  try {
    return await use(source);
  } finally {
    await source.close();
  }
};
