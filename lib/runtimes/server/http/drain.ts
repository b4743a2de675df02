/** Reads a small rest of a body before the answer: a client that is still sending does not read the answer. */
import type { IncomingMessage } from 'node:http';
import { afterRunning } from '../../../model/time-limit.ts';

/**
 * Reads the rest of a body and drops it.
 *
 * @param limits.bytes The most bytes that are read.
 * @param limits.milliseconds The longest wait.
 * @returns False when that was not all of it, or it broke off: the connection cannot be used for another request.
 */
export const drain = (
  request: IncomingMessage,
  { bytes: most, milliseconds }: { readonly bytes: number; readonly milliseconds: number },
): Promise<boolean> =>
  new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve(request.readableEnded);
    let bytes = 0;
    const end = (isWhole: boolean) => (): void => {
      stop();
      request.off('data', count).off('end', whole).off('close', broken).off('error', broken).pause();
      resolve(isWhole);
    };
    const [whole, broken] = [end(true), end(false)];
    const count = (piece: Uint8Array): void => {
      bytes += piece.length;
      if (bytes > most) broken();
    };
    const stop = afterRunning(milliseconds, broken);
    request.on('data', count).on('end', whole).on('close', broken).on('error', broken);
  });
