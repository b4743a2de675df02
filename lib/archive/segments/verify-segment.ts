/** In a worker: whether a segment is what contents say. Nothing of it is handed out. */
import { throwIfRaised } from './abort-flag.ts';
import { checkSegment } from './check-segment.ts';
import type { VerifySegmentInput } from './extract-jobs.ts';
import { checkPlain, openSegment } from './open-segment.ts';

/** Throws as `openSegment` and `checkSegment`. */
export const verifySegment = ({ segment, expected, abort }: VerifySegmentInput): undefined => {
  throwIfRaised(abort);
  const plain = openSegment(segment, abort);
  if ('plainSha256' in expected) checkPlain(plain, segment.name, expected.plainSha256);
  else checkSegment(plain, expected);
};
