/** Reads files that say where a token is sent, or contain one: only if no other user can have put them there. */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';

/** Reads such a file. A file of another user of this machine could send our token, and what is typed, to any place. */
export const readOwn = async (folder: string, name: string): Promise<string> => {
  const file = await open(
    join(folder, name),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  try {
    const [found, holder] = [await file.stat(), await stat(folder)];
    const users = [process.geteuid?.() ?? found.uid, holder.uid, 0];
    if ((holder.mode & 0o022) !== 0 || !found.isFile() || !users.includes(found.uid))
      throw new Failure('unauthorized', `${join(folder, name)} may belong to another user: it is not used`, {
        hint: `Check who may write to ${folder}; then run chmod go-w on it, and start the server or log in again.`,
      });
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
};

/** Parses a text; undefined when it is not JSON. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
