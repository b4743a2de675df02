/** How an upload of a folder becomes an object under its name, in one call or in several. */
import { lstat, rename } from 'node:fs/promises';
import * as z from 'zod';
import { isSystemError } from '../../../model/errors.ts';
import type { JoinSteps } from '../../../ports/object-store.ts';
import { linkNew } from './durable-names.ts';
import type { StagedPart, StagedUpload } from './staged-upload.ts';

const fileSchema = z.strictObject({ inode: z.string(), bytes: z.number() });
const cursorSchema = z.strictObject({
  /** So many parts stand in the file that becomes the object. */
  filled: z.number().int().nonnegative(),
  /** That file, whole: from here on it takes the name. */
  file: fileSchema.nullable(),
});
type Cursor = z.infer<typeof cursorSchema>;

export const cursorOf = ({ cursor }: JoinSteps): Cursor =>
  cursor === null ? { filled: 0, file: null } : cursorSchema.parse(cursor);

/** Whether an earlier call has given that file its name already. */
export const hasLanded = async (path: string, { file }: Cursor): Promise<boolean> => {
  if (file === null) return false;
  const standing = await fileOf(path);
  return standing?.inode === file.inode && standing.bytes === file.bytes;
};

/** Undefined when the steps go on in another call; else it stands under its name, which may not be durable yet. */
export const joinUnder = async (
  path: string,
  upload: StagedUpload,
  parts: readonly StagedPart[],
  { overwrite, steps }: { overwrite: boolean; steps: JoinSteps },
): Promise<boolean> => {
  const keep = (cursor: Cursor): Promise<void> => steps.keep(cursor);
  const { filled } = cursorOf(steps);
  const staged = await upload.assemble(parts, {
    filled,
    keep: (now) => keep({ filled: now, file: null }),
    stopsNext: () => steps.stopsNext(),
  });
  if (staged === undefined) return false;
  await keep({ filled, file: (await fileOf(staged.path)) ?? null });
  await (overwrite ? rename(staged.path, path) : linkNew(staged.path, path));
  return true;
};

const fileOf = async (path: string): Promise<z.infer<typeof fileSchema> | undefined> => {
  try {
    const { ino, size } = await lstat(path, { bigint: true });
    return { inode: String(ino), bytes: Number(size) };
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
    throw error;
  }
};
