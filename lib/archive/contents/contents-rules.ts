/**
 * The rules for a line of contents beyond its shape: each fact in one form only, and no two keys that contradict each
 * other, so that all readers find the same in it.
 */
import type { ContentsEntry } from '../format.ts';
import { contentsNameOf } from '../tar/byte-string.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is meant, control characters included
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Whether the text is the one that shows these bytes, and bytes are given only where the text alone would lose some.
 */
const isOneForm = (text: string, base64: string | undefined): boolean => {
  if (base64 === undefined) return ASCII.test(text) || text.isWellFormed();
  const shown = contentsNameOf(Buffer.from(base64, 'base64').toString('latin1'));
  return shown.text === text && shown.base64 === base64;
};

/** Links, and only links, have a target. */
const linkFault = ({ type, link, linkBase64 }: ContentsEntry): string | undefined => {
  const isLink = type === 'symlink' || type === 'hardlink';
  if (link === undefined) return isLink || linkBase64 !== undefined ? 'has no link' : undefined;
  if (!isLink) return `has a link, and a ${type} must not have one`;
  if (link === '') return 'has an empty link';
  return isOneForm(link, linkBase64) ? undefined : 'has both link and linkBase64';
};

const contentFault = (entry: ContentsEntry): string | undefined => {
  const { type, size, sha256, pieces, changed } = entry;
  if (type === 'directory' || type === 'symlink' || type === 'hardlink') {
    const has = size !== 0 || sha256 !== undefined || pieces !== undefined || changed !== undefined;
    return has ? `has content, and a ${type} must not have any` : undefined;
  }
  if (pieces === undefined) return sha256 === undefined ? 'has neither sha256 nor pieces' : undefined;
  if (sha256 !== undefined) return 'has both sha256 and pieces';
  if (pieces[0]?.segment !== entry.segment || pieces[0].offset !== entry.offset)
    return 'has pieces that do not begin where the entry begins';
  return pieces.every(({ bytes }) => bytes > 0) ? undefined : 'has an empty piece';
};

/** What is wrong with an entry of the right shape; undefined when nothing is. */
export const contentsFault = (entry: ContentsEntry): string | undefined => {
  if (!isOneForm(entry.path, entry.pathBase64)) return 'has both path and pathBase64';
  return linkFault(entry) ?? contentFault(entry);
};
