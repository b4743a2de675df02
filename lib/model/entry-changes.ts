/** How an entry differs between two backups. */
import type { ContentsEntry } from '../archive/format.ts';

export type ChangeOf = 'type' | 'content' | 'content?' | 'mode' | 'owner' | 'time' | 'link';

type Seen = Partial<ContentsEntry>;

/**
 * What changed, in this order; empty for equal entries. `content?` means a large file of the same size that was cut
 * into other pieces, so their hashes cannot be compared.
 */
export const changesBetween = (before: Seen, after: Seen): ChangeOf[] => {
  if (before.type !== after.type) return ['type'];
  const changes: ChangeOf[] = [];
  const content = contentChange(before, after);
  if (content !== undefined) changes.push(content);
  if (before.link !== after.link || before.linkBase64 !== after.linkBase64) changes.push('link');
  if (before.mode !== after.mode) changes.push('mode');
  if (before.uid !== after.uid || before.gid !== after.gid) changes.push('owner');
  if (before.mtime !== after.mtime) changes.push('time');
  return changes;
};

const contentChange = (before: Seen, after: Seen): 'content' | 'content?' | undefined => {
  if (before.size !== after.size) return 'content';
  const [one, other] = [piecesOf(before), piecesOf(after)];
  if (one.sums === other.sums) return undefined;
  return one.cuts === other.cuts ? 'content' : 'content?';
};

const piecesOf = ({ pieces, size, sha256 = '' }: Seen): { cuts: string; sums: string } => {
  const all = pieces ?? [{ bytes: size, sha256 }];
  return {
    cuts: all.map(({ bytes }) => bytes).join(),
    sums: all.map((piece) => `${piece.bytes}:${piece.sha256}`).join(),
  };
};
