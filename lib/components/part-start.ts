/** Where a task begins to read its part of a component. */
import type { ContentsEntry } from '../archive/format.ts';
import { type ContentsPart, iterateContents } from '../archive/reader/contents-pages.ts';
import type { RestoreTask } from './component-kind.ts';

export interface PartStart {
  /** What is read. It may begin with entries of the part before. */
  readonly part: ContentsPart | undefined;
  /** How many entries come before the first one to restore, apart from `lead`. */
  readonly before: number;
  /** Path of an entry among those before, which is read to understand the ones behind it. */
  readonly lead: string | undefined;
}

/**
 * Finds where to go on in a part of which so many entries are done: contents members before that place are not read
 * again. A component that one task restores is read from its beginning.
 *
 * @param isLead whether an entry describes those behind it. The last such entry before the place is read, too, in
 * whatever contents member it is. @default no entry does
 */
export const startOfPart = async (
  { archive, identity, component, part }: RestoreTask<unknown>,
  done: number,
  isLead?: (entry: ContentsEntry) => boolean,
): Promise<PartStart> => {
  if (part === undefined) return { part, before: done, lead: undefined };
  const counts = archive.contents(component).map(({ entries = 0 }) => entries);
  const { to } = part;
  let { from } = part;
  let rest = done;
  for (; from < to - 1 && rest >= (counts[from] ?? 0); from += 1) rest -= counts[from] ?? 0;
  const plain = { part: { from, to }, before: rest, lead: undefined };
  if (isLead === undefined) return plain;
  let before = rest;
  for (let member = from; member >= 0; member -= 1) {
    const count = member === from ? rest : (counts[member] ?? 0);
    if (member < from) before += count;
    const lead = await lastLead(
      iterateContents(archive, identity, component, { from: member, to: member + 1 }),
      count,
      isLead,
    );
    if (lead !== undefined) return { part: { from: member, to }, before, lead };
  }
  return plain;
};

/** The path of the last lead among the first `count` entries. */
const lastLead = async (
  entries: AsyncIterable<ContentsEntry>,
  count: number,
  isLead: (entry: ContentsEntry) => boolean,
): Promise<string | undefined> => {
  if (count === 0) return undefined;
  let lead: string | undefined;
  let left = count;
  for await (const entry of entries) {
    if (isLead(entry)) lead = entry.path;
    left -= 1;
    if (left === 0) break;
  }
  return lead;
};
