import { Readable } from 'node:stream';

/** The bytes of an answer's body. Leaving them early ends the connection, and does no other harm. */
export async function* bodyChunks(body: unknown): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === undefined) return;
  if (!(body instanceof Readable)) throw new TypeError('the answer is no stream of Node');
  for await (const chunk of body) yield chunk;
}

/** A body that is read later: should its connection break before that, the reader is told, and the process does not die of it. */
export const keepBody = (body: unknown): void => {
  if (body instanceof Readable) body.on('error', () => undefined);
};

/** For a body that nobody reads: lets go of its connection. */
export const discardBody = (body: unknown): void => {
  if (body instanceof Readable) body.destroy();
};
