import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { type Head, headSchema, type Member } from '../format.ts';
import { frameMember } from '../layout/outer-tar.ts';
import { HEAD_NAME, RECOVER_NAME } from '../member-names.ts';
import { type RecoverFacts, recoverText } from './recover.ts';

export interface ArchiveHead {
  /** The beginning of an archive. */
  readonly bytes: Buffer;
  /** The first two of the manifest's members. */
  readonly members: readonly [Member, Member];
}

/** Size and hash of a member that is in memory as a whole. */
export const describeMember = (name: string, bytes: Uint8Array): Member => ({
  name,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/**
 * `holdfast.json` and `RECOVER.md`, as they are at the beginning of the archive.
 *
 * @throws `ZodError` when the head does not fit the format.
 */
export const makeHead = (head: Head, facts: RecoverFacts): ArchiveHead => {
  const json = canonicalJson(headSchema, head);
  const recover = Buffer.from(recoverText(head, facts));
  return {
    bytes: Buffer.concat([
      ...frameMember(HEAD_NAME, [json], head.createdAt),
      ...frameMember(RECOVER_NAME, [recover], head.createdAt),
    ]),
    members: [describeMember(HEAD_NAME, json), describeMember(RECOVER_NAME, recover)],
  };
};
