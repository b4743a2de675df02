/** Answers that say which they are, so that whoever has one already is told that it is still so. */
import { createHash } from 'node:crypto';
import { sentTags } from './request-headers.ts';
import type { Reply } from './route.ts';

/** The body with its `ETag`, or 304 to whoever sends that one in `If-None-Match`. */
export const taggedReply = (headers: Readonly<Record<string, string | undefined>>, body: unknown): Reply => {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  const etag = `"${hash.slice(0, 22)}"`;
  const known = sentTags(headers);
  const isKnown = known.includes(etag) || known.includes('*');
  return isKnown ? { status: 304, headers: { etag } } : { status: 200, headers: { etag }, body };
};
