import { rmSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';

/** The folder for files in the making: removed at the end of a restore, however it ends; after a crash, by `cleanUpExtraction`. */
export const stagingName = (restoreId: string): ByteString => {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/.test(restoreId))
    throw new TypeError(`not a restore id: ${restoreId}`);
  return `.holdfast-${restoreId}`;
};

/** Removes what an extraction that died left in its target. May be repeated; nothing when there is nothing. */
export const cleanUpExtraction = (target: string, restoreId: string): void =>
  rmSync(`${target}/${stagingName(restoreId)}`, { recursive: true, force: true });
