/** Answers with an `ETag`, so that a caller who has one already learns that it is unchanged. */
import { createHash } from 'node:crypto';
import { sentTags } from './request-headers.ts';
import type { Reply } from './route.ts';

/** The body with its `ETag`, or 304 when the request sends the same one in `If-None-Match`. */
export const taggedReply = (headers: Readonly<Record<string, string | undefined>>, body: unknown): Reply => {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  const etag = `"${hash.slice(0, 22)}"`;
  const known = sentTags(headers);
  const isKnown = known.includes(etag) || known.includes('*');
  return isKnown ? { status: 304, headers: { etag } } : { status: 200, headers: { etag }, body };
};
