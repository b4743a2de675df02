/**
 * Frees at once the memory of bytes that are not used again; `bytes` are empty afterwards. Such memory lies outside of
 * the heap, so the garbage collector hardly notices it: threads that seal segments held up to 100 MB of dead buffers.
 *
 * Only for bytes that have an ArrayBuffer to themselves; of others it does nothing. Afterwards they are empty.
 */
export const freeBuffer = ({ buffer, byteLength }: Uint8Array): void => {
  // Memory of Node's pool, or shared between threads, does not belong to this caller alone.
  if (buffer instanceof SharedArrayBuffer || buffer.byteLength !== byteLength) return;
  buffer.transfer(0);
};
