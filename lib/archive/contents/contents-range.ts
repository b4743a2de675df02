/** Reads some of the entries that a contents member lists: those of a page. */
import type { ContentsEntry } from '../format.ts';
import { type ContentsMember, parseContents } from './contents-lines.ts';

/** An entry with the component it belongs to. */
export type ListedEntry = ContentsEntry & { readonly component: string };

/** Which of a member's entries to read. */
export interface ContentsRange {
  /** Counted from 0. */
  readonly from: number;
  readonly limit: number;
  /** Approximate characters of JSON; no further entry is taken once there are so many. */
  readonly characters: number;
}

/** Approximate characters that an entry takes as JSON. */
export const charactersOf = ({
  path,
  pathBase64 = '',
  link = '',
  linkBase64 = '',
  pieces,
}: ContentsEntry): number =>
  300 + path.length + pathBase64.length + link.length + linkBase64.length + 130 * (pieces?.length ?? 0);

/** Reads the entries of a member that a range asks for, and checks all its lines. @throws as `parseContents` */
export const entriesInRange = (
  plain: Buffer,
  member: ContentsMember,
  { from, limit, characters }: ContentsRange,
): ListedEntry[] => {
  const entries: ListedEntry[] = [];
  let index = 0;
  let left = characters;
  for (const entry of parseContents(plain, member)) {
    if (index >= from && entries.length < limit && left > 0) {
      entries.push(Object.assign(entry, { component: member.component }));
      left -= charactersOf(entry);
    }
    index += 1;
  }
  return entries;
};
