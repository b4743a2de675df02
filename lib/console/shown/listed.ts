import { words } from '../words/shared.ts';

/** The names, separated by commas; of many names, only the first. */
export const listed = (names: readonly string[], most = 8): string =>
  names.length <= most + 1
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} ${words().andMore(names.length - most)}`;
