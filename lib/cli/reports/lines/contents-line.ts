/** One entry of an archive as a line, in the manner of `tar -tv`. */

import { ownValue } from '../../../archive/own-value.ts';
import type { Entry } from '../../../client/answers.ts';
import type { Answer } from '../../requests/answer.ts';
import { formatBytes } from '../../terminal/quantities.ts';
import { shownTime, shownTimeWidth } from '../../terminal/shown-time.ts';
import { visible, visibleBytes } from '../../terminal/visible-text.ts';

const LETTERS: Readonly<Record<string, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  stream: 's',
  object: 'o',
  item: 'i',
};

/** `-rw-r--r--   1.02 kB  2026-11-20T10:00:00Z  files/a/b`, its component before the path. */
export const contentsLine = (entry: Answer<Entry>): string => {
  const letter = ownValue(LETTERS, entry.text('type')) ?? '?';
  const mode = entry.has('mode') ? modeText(entry.count('mode')) : '---------';
  const component = entry.text('component');
  const name = nameOf(entry.text('path'), entry.text('pathBase64'));
  const link = entry.has('link') ? ` -> ${nameOf(entry.text('link'), entry.text('linkBase64'))}` : '';
  return [
    letter + mode,
    formatBytes(entry.count('size')).padStart(8),
    shownTime(entry.text('mtime')).padEnd(shownTimeWidth()),
    `${component === '' ? '' : `${visible(component)}:`}${name}${link}`,
  ].join('  ');
};

const nameOf = (text: string, base64: string): string =>
  base64 === '' ? visible(text) : visibleBytes(Buffer.from(base64, 'base64'));

/** `rwxr-x---` with the set-id and sticky bits in their places. */
const modeText = (mode: number): string => {
  const bits = [...'rwxrwxrwx'].map((letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-'));
  for (const [bit, at, letter] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const)
    if (mode & bit) bits[at] = bits[at] === 'x' ? letter : letter.toUpperCase();
  return bits.join('');
};
