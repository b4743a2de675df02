/**
 * Objects' keys as paths in an archive. A key may hold anything; a path has no part that is empty, `.` or `..`, and no
 * zero byte. Forbidden parts are escaped with `%`, and so is `%` itself, so that each key has one path, and each path
 * one key.
 */

const OBJECTS = 'objects/';
/** An empty part: between two slashes, before the first or after the last. */
const EMPTY = '%_';

const escapePart = (part: string): string => {
  if (part === '') return EMPTY;
  if (part === '.' || part === '..') return part.replaceAll('.', '%2E');
  return part.replaceAll('%', '%25').replaceAll('\0', '%00');
};

const unescapePart = (part: string): string => {
  if (part === EMPTY) return '';
  return part.replaceAll(/%(25|00|2E)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
};

/** The path of a key, relative to the component's prefix. */
export const pathOfKey = (key: string): string => OBJECTS + key.split('/').map(escapePart).join('/');

/** The key of a path; undefined for a path that no key has. */
export const keyOfPath = (path: string): string | undefined =>
  path.startsWith(OBJECTS) ? path.slice(OBJECTS.length).split('/').map(unescapePart).join('/') : undefined;

/** Compares keys in the order of listings. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
