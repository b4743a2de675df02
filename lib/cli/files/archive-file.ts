/** An archive that lies in a file here, opened without any server. */
import type { ByteSource, FileSource } from '../../archive/container/byte-source.ts';
import { isSystemError } from '../../model/errors.ts';
import { Failure } from '../requests/failure.ts';

/** Opens the file, uses it, closes it. Throws `not_found` and, for what cannot be read, `failed`. */
export const withArchiveFile = async <T>(
  path: string,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> => {
  const { openFileSource } = await import('../../archive/container/byte-source.ts');
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
