/** Choosing some entries of a component by their paths. */
import type { ByteString } from '../tar/byte-string.ts';
import { isBelow } from '../tar/entry-path.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** An entry is selected by its own path or one above it; the folders above a selected path come along. */
export const isSelected = (
  { path, type }: Pick<TarEntry, 'path' | 'type'>,
  select: readonly ByteString[],
): boolean =>
  select.some(
    (chosen) =>
      chosen === '.' ||
      path === chosen ||
      isBelow(path, chosen) ||
      (type === 'directory' && isBelow(chosen, path)),
  );
