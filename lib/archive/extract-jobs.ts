/** What extraction asks of a segment worker. */
import type { ByteString } from './byte-string.ts';

export interface ExtractSegmentInput {
  readonly todo: ByteString;
}
export interface ExtractSegmentOutput {
  readonly todo: ByteString;
}
