/**
 * What a passphrase is stretched with takes a second of a processor, without a pause: a server would answer nobody
 * meanwhile. So it is done in a thread made for it. Where no program of one lies beside this module, as in a function
 * bundled into one file, which serves nobody else meanwhile, it is done here.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ArchiveError, type ArchiveErrorCode } from '../errors.ts';
import { type DecryptWith, decryptBytes, type EncryptTo, encryptBytes } from './age-header.ts';

export type PassphraseJob =
  | { readonly encrypt: Uint8Array; readonly to: EncryptTo }
  | { readonly decrypt: Uint8Array; readonly open: DecryptWith };
export type PassphraseReply =
  | { readonly bytes: Uint8Array }
  | { readonly code: ArchiveErrorCode | undefined; readonly message: string };

const program = new URL(
  `./passphrase-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** `encryptBytes`, with a passphrase in a thread of its own. */
export const encryptOffThread = (plain: Uint8Array, to: EncryptTo): Promise<Buffer> =>
  'passphrase' in to
    ? stretched({ encrypt: plain, to }, () => encryptBytes(plain, to))
    : encryptBytes(plain, to);

/** `decryptBytes`, with a passphrase in a thread of its own. Throws the same. */
export const decryptOffThread = (file: Uint8Array, open: DecryptWith): Promise<Buffer> =>
  'passphrase' in open
    ? stretched({ decrypt: file, open }, () => decryptBytes(file, open))
    : decryptBytes(file, open);

const stretched = (job: PassphraseJob, here: () => Promise<Buffer>): Promise<Buffer> =>
  existsSync(fileURLToPath(program)) ? inThread(job) : here();

const inThread = async (job: PassphraseJob): Promise<Buffer> => {
  const thread = new Worker(program);
  try {
    const reply = await new Promise<PassphraseReply>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) =>
        reject(new Error(`the passphrase thread ended with ${code} and no word`)),
      );
      thread.postMessage(job);
    });
    if ('bytes' in reply) return Buffer.from(reply.bytes);
    throw reply.code === undefined ? new Error(reply.message) : new ArchiveError(reply.code, reply.message);
  } finally {
    await thread.terminate();
  }
};
