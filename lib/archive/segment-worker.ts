/** The program of a segment worker: one job at a time, synchronous, its buffers kept for the next one. */
import { parentPort } from 'node:worker_threads';
import { sealBytes } from './seal-bytes.ts';
import { sealFiles } from './seal-files.ts';
import type { JobFailure, JobReply, SegmentJob } from './segment-jobs.ts';

const failureOf = (error: unknown): JobFailure => {
  if (!(error instanceof Error)) return { message: String(error), name: 'Error', code: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { message: error.message, name: error.name, code };
};

const outputOf = async (job: SegmentJob): Promise<unknown> => {
  if (job.kind === 'seal-files') return sealFiles(job.input);
  if (job.kind === 'seal-bytes') return sealBytes(job.input);
  // Loaded when first needed: a backup has no use for what opens archives.
  if (job.kind === 'extract-segment') return (await import('./extract-segment.ts')).extractSegment(job.input);
  const { openSegment } = await import('./open-segment.ts');
  // A copy of its own: the buffer behind is used for the next segment.
  return { plain: new Uint8Array(await openSegment(job.input.segment)) };
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
