/**
 * Files of a tree with zeros for what could not be read: their headers were written before that was known. A
 * component's details name them, and a restore does not replace what is in their places.
 */
import * as z from 'zod';
import type { Manifest } from '../format.ts';
import { ownValue } from '../own-value.ts';
import { type ByteString, contentsNameOf, nameFromContents } from '../tar/byte-string.ts';

const unreadableSchema = z.object({
  unreadable: z.array(z.object({ path: z.string(), pathBase64: z.string().optional() })),
});

/**
 * Control, format and line characters: a component's details hold none, so that code that shows them need not check.
 */
const UNSEEN = /[\p{C}\u2028\u2029]/gu;

/** The entry for such files in a component's details; empty when there are none. */
export const unreadableDetails = (paths: readonly ByteString[]): Record<string, Record<string, string>[]> => {
  if (paths.length === 0) return {};
  const unreadable = paths.map((path): Record<string, string> => {
    const { text, base64 } = contentsNameOf(path);
    const shown = text.replace(UNSEEN, '\uFFFD');
    if (base64 === undefined && shown === text) return { path: text };
    return { path: shown, pathBase64: Buffer.from(path, 'latin1').toString('base64') };
  });
  return { unreadable };
};

/** The paths of such files. Details in another form name none. */
export const unreadableOf = (manifest: Manifest, component: string): ReadonlySet<ByteString> => {
  const found = unreadableSchema.safeParse(ownValue(manifest.components, component)?.details);
  const named = found.success ? found.data.unreadable : [];
  return new Set(named.map(({ path, pathBase64 }) => nameFromContents(path, pathBase64)));
};

/** The reason shown for such a file that is not restored. */
export const UNREADABLE_REASON = 'could not be read to its end when it was backed up';
