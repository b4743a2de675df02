/**
 * A folder under a short name: where the system shows open folders as files (Linux, `/proc/self/fd`), what lies in it
 * gets a short path, however long the folder's own path is. Any thread of the process may use the name while the folder
 * is held.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';

/** Longest such name, in bytes. */
export const HELD_BYTES = 32;

export interface HeldFolder extends Disposable {
  readonly path: ByteString;
}

/** Whether this system shows open folders as files. */
export const canHoldOpen = (): boolean => {
  using root = holdOpen('/');
  return root.path !== '/';
};

/** The folder's own path, where the system gives no other name. */
export const holdOpen = (path: ByteString): HeldFolder => {
  let descriptor: number;
  try {
    descriptor = openSync(fileSystemPath(path), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // The error is dropped here: using the path reports it.
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
