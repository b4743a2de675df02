import { visible } from '../../model/text/visible-text.ts';

export { visible };

/** A name given as bytes; bytes that are not UTF-8 are shown one by one. */
export const visibleBytes = (bytes: Uint8Array): string => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceBytes(bytes[at] ?? 0);
    try {
      text += visible(decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      text += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
      at += 1;
    }
  }
  return text;
};

/** The length of the UTF-8 sequence that this byte announces. */
const sequenceBytes = (first: number): number => {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
};
