/**
 * The place in the page that is open. It is the part of the address behind `#`, which browsers send neither to servers
 * nor to other sites.
 */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const here = (): Place => {
  const [path = '', query = ''] = window.location.hash.replace(/^#/, '').split('?');
  return { path: path === '' ? '/' : path, query: new URLSearchParams(query) };
};

export const usePlace = (): Place => {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const moved = (): void => setPlace(here());
    window.addEventListener('hashchange', moved);
    return () => window.removeEventListener('hashchange', moved);
  }, []);
  return place;
};

/** A link within the page, for example to `/backups/<id>`. */
export const to = (path: string, query: Readonly<Record<string, string>> = {}): string => {
  const text = new URLSearchParams(query).toString();
  return `#${path}${text === '' ? '' : `?${text}`}`;
};

export const go = (path: string, query: Readonly<Record<string, string>> = {}): void => {
  window.location.hash = to(path, query);
};

/** Like `go`, but the back button leads past it: otherwise each letter in a filter would be a step of its own. */
export const goInPlace = (path: string, query: Readonly<Record<string, string>> = {}): void => {
  window.history.replaceState(null, '', to(path, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** The parameters of a path that fits a pattern such as `/backups/:id`; undefined if it does not fit. */
export const matched = (pattern: string, path: string): Record<string, string> | undefined => {
  const [wanted, parts] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of wanted.entries()) {
    const part = decoded(parts[index] ?? '');
    if (expected.startsWith(':')) params[expected.slice(1)] = part;
    else if (expected !== part) return undefined;
  }
  return params;
};
