/** In a worker: copies a restored file where it cannot have a second name. */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';
import type { Rights } from './rights.ts';
import { finishFile, writeSparse } from './write-file.ts';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const MAKING_FILE_MODE = 0o600;
const CHUNK_BYTES = 4 * 1024 * 1024;
const SECOND = 1_000_000_000n;

/**
 * Copies content, with its holes, owner, mode and time. Returns in words what the copy lacks.
 *
 * @throws errors of the system; the caller then removes the unfinished copy.
 */
export const copyWhole = (
  from: string | Buffer,
  to: string | Buffer,
  path: ByteString,
  rights: Rights,
): string | undefined => {
  const source = openSync(from, READ);
  try {
    const copy = openSync(to, NEW, MAKING_FILE_MODE);
    try {
      const { size, mode, uid, gid, mtimeNs } = fstatSync(source, { bigint: true });
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, Number(size))));
      for (let at = 0; ; ) {
        const bytes = readSync(source, chunk, 0, chunk.length, at);
        if (bytes === 0) break;
        writeSparse(copy, chunk.subarray(0, bytes), at);
        at += bytes;
      }
      ftruncateSync(copy, Number(size));
      const nanoseconds = ((mtimeNs % SECOND) + SECOND) % SECOND;
      const attributes = {
        path,
        mode: Number(mode) & 0o7777,
        uid: Number(uid),
        gid: Number(gid),
        mtimeSeconds: Number((mtimeNs - nanoseconds) / SECOND),
        mtimeNanoseconds: Number(nanoseconds),
      };
      // The file itself already has setuid and setgid only where it may.
      return finishFile(copy, attributes, { ...rights, setuid: true }, MAKING_FILE_MODE);
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(source);
  }
};
