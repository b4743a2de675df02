/** The program of a passphrase thread: one job, one reply. */
import { parentPort } from 'node:worker_threads';
import { ArchiveError } from '../errors.ts';
import { decryptBytes, encryptBytes } from './age-header.ts';
import type { PassphraseJob, PassphraseReply } from './passphrase-thread.ts';

const done = (job: PassphraseJob): Promise<Buffer> =>
  'encrypt' in job ? encryptBytes(job.encrypt, job.to) : decryptBytes(job.decrypt, job.open);

parentPort?.once('message', async (job: PassphraseJob) => {
  let reply: PassphraseReply;
  try {
    // A copy: a small Buffer shares its memory with others of this thread.
    reply = { bytes: new Uint8Array(await done(job)) };
  } catch (thrown) {
    reply = {
      code: thrown instanceof ArchiveError ? thrown.code : undefined,
      message: thrown instanceof Error ? thrown.message : String(thrown),
    };
  }
  parentPort?.postMessage(reply);
});
