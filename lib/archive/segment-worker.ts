/** The program of a segment worker: one job at a time, synchronous, its buffers kept for the next one. */
import { parentPort } from 'node:worker_threads';
import { extractSegment } from './extract-segment.ts';
import { openSegment } from './open-segment.ts';
import { sealBytes } from './seal-bytes.ts';
import { sealFiles } from './seal-files.ts';
import type { JobFailure, JobReply, SegmentJob } from './segment-jobs.ts';

const failureOf = (error: unknown): JobFailure => {
  if (!(error instanceof Error)) return { message: String(error), name: 'Error', code: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { message: error.message, name: error.name, code };
};

const outputOf = (job: SegmentJob): unknown => {
  if (job.kind === 'seal-files') return sealFiles(job.input);
  if (job.kind === 'seal-bytes') return sealBytes(job.input);
  // A copy of its own: the buffer behind is used for the next segment.
  if (job.kind === 'open-segment')
    return openSegment(job.input.segment).then((plain) => ({ plain: new Uint8Array(plain) }));
  return extractSegment(job.input);
};

parentPort?.on('message', async (job: SegmentJob) => {
  let reply: JobReply;
  try {
    reply = { output: await outputOf(job) };
  } catch (error) {
    reply = { failure: failureOf(error) };
  }
  parentPort?.postMessage(reply);
});
