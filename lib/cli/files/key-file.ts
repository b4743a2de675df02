import type { KeyFile } from '../../archive/keys/backup-key-file.ts';
import type { Session } from '../session.ts';

const MAX_KEY_FILE_BYTES = 64 * 1024;

/** A key file as text, and its facts. @throws as `readKeyFile`, before anybody types a password */
export const readKeyFileAt = async (
  session: Session,
  path: string,
): Promise<KeyFile & { readonly text: string }> => {
  const { readKeyFile } = await import('../../archive/keys/backup-key-file.ts');
  const text = await session.readInput(path, '--file', MAX_KEY_FILE_BYTES);
  return { ...readKeyFile(text), text };
};
