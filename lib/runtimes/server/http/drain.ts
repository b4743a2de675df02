/** Whoever is still sending does not listen: what little is left of a body is taken first, so that the answer is heard. */
import type { IncomingMessage } from 'node:http';
import { afterRunning } from '../../../model/time-limit.ts';

/**
 * Reads the rest of a body and throws it away.
 *
 * @param limits.bytes At most so much is taken.
 * @param limits.milliseconds At most so long is waited.
 * @returns False when that is not all of it, or it broke off: the connection can take no other request.
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
