import { Readable } from 'node:stream';

/** Yields the bytes of an answer's body. Leaving early ends the connection, and does no other harm. */
export async function* bodyChunks(body: unknown): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === undefined) return;
  if (!(body instanceof Readable)) throw new TypeError('the body of the answer is not a stream of Node.js');
  for await (const chunk of body) yield chunk;
}

/**
 * Keeps a body for later: if its connection breaks before it is read, the reader gets the error, and the process does
 * not end.
 */
export const keepBody = (body: unknown): void => {
  if (body instanceof Readable) body.on('error', () => undefined);
};

/** Closes the connection of a body that nobody reads. */
export const discardBody = (body: unknown): void => {
  if (body instanceof Readable) body.destroy();
};
