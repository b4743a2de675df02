/** The program of a segment worker: one job at a time, synchronous, its buffers kept for the next one. */
import { parentPort } from 'node:worker_threads';
import { sealBytes } from './sealing/seal-bytes.ts';
import { sealFiles } from './sealing/seal-files.ts';
import type { JobFailure, JobReply, SegmentJob } from './segment-jobs.ts';

const failureOf = (error: unknown): JobFailure => {
  if (!(error instanceof Error)) return { message: String(error), name: 'Error', code: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { message: error.message, name: error.name, code };
};

/** A job's result, and the memory in it that moves to the main thread instead of being copied. */
interface Done {
  readonly output: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

const outputOf = async (job: SegmentJob): Promise<Done> => {
  if (job.kind === 'seal-files') {
    const output = sealFiles(job.input);
    return { output, transfer: [output.lines.buffer] };
  }
  if (job.kind === 'seal-bytes') return { output: sealBytes(job.input) };
  // Loaded when first needed: a backup does not need the code that opens archives.
  if (job.kind === 'extract-segment') {
    const { extractSegment } = await import('./reading/extract-segment.ts');
    return { output: extractSegment(job.input) };
  }
  if (job.kind === 'make-links') {
    const { makeLinks } = await import('./reading/links-and-folders.ts');
    return { output: makeLinks(job.input) };
  }
  if (job.kind === 'finish-folders') {
    const { finishFolders } = await import('./reading/links-and-folders.ts');
    return { output: finishFolders(job.input) };
  }
  if (job.kind === 'list-contents') {
    const { listContents } = await import('./reading/list-contents.ts');
    const output = listContents(job.input);
    const buffers = output.lists.map(({ run, sha256s }) => [run.numbers.buffer, sha256s?.buffer]);
    return { output, transfer: buffers.flat().filter((buffer) => buffer !== undefined) };
  }
  if (job.kind === 'verify-segment') {
    const { verifySegment } = await import('./reading/verify-segment.ts');
    return { output: verifySegment(job.input) };
  }
  if (job.kind === 'read-contents') {
    const { readContents } = await import('./reading/read-contents.ts');
    return { output: readContents(job.input) };
  }
  if (job.kind === 'parse-manifest') {
    const { parseManifest } = await import('../layout/manifest-parse.ts');
    const { json } = job.input;
    const { buffer, byteOffset, length } = json;
    const output = parseManifest(Buffer.from(buffer, byteOffset, length));
    // This memory is outside of the heap, so the collector would not free it soon. Nobody else uses what came over.
    buffer.transfer(0);
    return { output, transfer: output.members.map(({ numbers }) => numbers.buffer) };
  }
  if (job.kind === 'hash-range') {
    const { hashRange } = await import('./reading/hash-range.ts');
    return { output: hashRange(job.input) };
  }
  const { checkPlain, openSegment } = await import('./reading/open-segment.ts');
  const { segment, plainSha256, abort } = job.input;
  // Copied, because the buffer behind it is used for the next segment.
  const plain = new Uint8Array(openSegment(segment, abort));
  if (plainSha256 !== undefined) checkPlain(plain, segment.name, plainSha256);
  return { output: { plain }, transfer: [plain.buffer] };
};

parentPort?.on('message', async (job: SegmentJob) => {
  let reply: JobReply;
  let transfer: readonly ArrayBuffer[] = [];
  try {
    const done = await outputOf(job);
    reply = { output: done.output };
    transfer = done.transfer ?? [];
  } catch (error) {
    reply = { failure: failureOf(error) };
  }
  parentPort?.postMessage(reply, transfer);
});
