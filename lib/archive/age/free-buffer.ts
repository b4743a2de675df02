/**
 * Gives back at once the memory of bytes that nobody will look at again. Such memory lies outside of the heap, so the
 * collector hardly feels it: threads that seal segments held up to 100 MB of dead buffers, and collected for nothing.
 *
 * Only for bytes that have an ArrayBuffer to themselves; of others it does nothing. Afterwards they are empty.
 */
export const freeBuffer = ({ buffer, byteLength }: Uint8Array): void => {
  // What is part of Node's pool, or shared between threads, is not this caller's alone.
  if (buffer instanceof SharedArrayBuffer || buffer.byteLength !== byteLength) return;
  buffer.transfer(0);
};
