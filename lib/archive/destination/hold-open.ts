/**
 * A folder under a short name: where the system shows open folders as files (Linux, `/proc/self/fd`), what lies in it has
 * a path that fits however long its own one is. Any thread of the process may use the name, as long as it is held.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';

/** At most so many bytes has such a name. */
export const HELD_BYTES = 32;

export interface HeldFolder extends Disposable {
  readonly path: ByteString;
}

/** Whether this system shows open folders as files. */
export const canHoldOpen = (): boolean => {
  using root = holdOpen('/');
  return root.path !== '/';
};

/** The folder's own path where there is no other name for it. */
export const holdOpen = (path: ByteString): HeldFolder => {
  let descriptor: number;
  try {
    descriptor = openSync(fileSystemPath(path), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // Whoever uses the path is told why.
    return { path, [Symbol.dispose]: () => {} };
  }
  const held = `/proc/self/fd/${descriptor}/.`;
  const found = statSync(held, { throwIfNoEntry: false });
  const open = fstatSync(descriptor);
  if (found?.ino === open.ino && found.dev === open.dev)
    return { path: held, [Symbol.dispose]: () => closeSync(descriptor) };
  closeSync(descriptor);
  return { path, [Symbol.dispose]: () => {} };
};
