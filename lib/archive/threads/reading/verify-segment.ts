/** In a worker: checks that a segment is what contents say. Nothing in it is handed out. */
import { throwIfRaised } from '../abort-flag.ts';
import type { VerifySegmentInput } from '../extract-jobs.ts';
import { checkSegment } from './check-segment.ts';
import { checkPlain, openSegment } from './open-segment.ts';

/** @throws as `openSegment` and `checkSegment` */
export const verifySegment = ({ segment, expected, abort }: VerifySegmentInput): undefined => {
  throwIfRaised(abort);
  const plain = openSegment(segment, abort);
  if ('plainSha256' in expected) checkPlain(plain, segment.name, expected.plainSha256);
  else checkSegment(plain, expected);
};
