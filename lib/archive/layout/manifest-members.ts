/**
 * Reads the members of a manifest from its bytes, one after the other: there may be more than a million. A member has
 * one form, so a pattern reads and checks it at once, and no JSON is parsed.
 */
import { ArchiveError } from '../errors.ts';
import type { Member } from '../format.ts';
import { MANIFEST_NAME } from '../member-names.ts';

const count = '(0|[1-9][0-9]{0,15})';
const MEMBER = new RegExp(
  String.raw`\{"name":"([^"\\\x00-\x1f]{1,255})","size":${count},"sha256":"([0-9a-f]{64})"(?:,"plainBytes":${count})?` +
    String.raw`(?:,"entries":${count})?(?:,"firstSegment":${count})?(?:,"lastSegment":${count})?\}([,\]])`,
  'y',
);
/** Longest member in that form. */
const MAX_MEMBER_BYTES = 1_024;
/** Bytes made into text at a time; a window this small is cheap to make again. */
const WINDOW_BYTES = 64 * 1024;
/** What follows the last member. */
const END = '}\n';

const wrong = (what: string): ArchiveError =>
  new ArchiveError(
    'archive_damaged',
    `${MANIFEST_NAME} does not follow the archive format: ${what}; take another copy of the archive`,
  );

const numberOf = (digits: string | undefined, index: number): number => {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw wrong(`members.${index}: a number is too large`);
  return value;
};

/**
 * Reads from after the bracket that opens the list to the manifest's last byte.
 *
 * @throws `archive_damaged` unless these bytes are such a list and the manifest's end.
 */
export function* readMembers(bytes: Buffer, from: number): Generator<Member, void, undefined> {
  const pattern = new RegExp(MEMBER, 'y');
  let start = from;
  let window = bytes.toString('latin1', start, start + WINDOW_BYTES);
  if (window === `]${END}`) return;
  for (let index = 0; ; index += 1) {
    if (window.length - pattern.lastIndex < MAX_MEMBER_BYTES && start + window.length < bytes.length) {
      start += pattern.lastIndex;
      window = bytes.toString('latin1', start, start + WINDOW_BYTES);
      pattern.lastIndex = 0;
    }
    const found = pattern.exec(window);
    if (found === null) throw wrong(`members.${index} is missing, or not written in its canonical form`);
    yield memberOf(found, index);
    if (found.at(-1) === ',') continue;
    if (window.slice(pattern.lastIndex) === END && start + window.length === bytes.length) return;
    throw wrong('something follows its members');
  }
}

const memberOf = (found: RegExpExecArray, index: number): Member => {
  const [, name = '', size, sha256 = '', plainBytes, entries, firstSegment, lastSegment] = found;
  return {
    name,
    size: numberOf(size, index),
    sha256,
    ...(plainBytes !== undefined && { plainBytes: numberOf(plainBytes, index) }),
    ...(entries !== undefined && { entries: numberOf(entries, index) }),
    ...(firstSegment !== undefined && { firstSegment: numberOf(firstSegment, index) }),
    ...(lastSegment !== undefined && { lastSegment: numberOf(lastSegment, index) }),
  };
};
