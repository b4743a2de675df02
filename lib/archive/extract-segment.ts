import type { ExtractSegmentInput, ExtractSegmentOutput } from './extract-jobs.ts';
export const extractSegment = async (input: ExtractSegmentInput): Promise<ExtractSegmentOutput> => input;
