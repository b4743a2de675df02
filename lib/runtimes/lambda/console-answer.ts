/**
 * The page as files over HTTP, on both hosts. Anybody may load it, since it holds no secret: it gets everything it
 * shows from the API.
 */
import { CONSOLE_PATH } from '../../model/console-paths.ts';
import type { ConsoleFiles } from './console-files.ts';
import type { HttpAnswer } from './http-answer.ts';

/**
 * The page's policy: scripts and styles from here only, nothing inline, no other host, no frame around it, and no text
 * that becomes markup.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Whether a request is for the page, and not for the API. */
export const isOfConsole = (method: string, path: string): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  (path === '/' || path === CONSOLE_PATH || path.startsWith(`${CONSOLE_PATH}/`));

/**
 * The answer to a path for which `isOfConsole` holds. The redirect is relative: a proxy may have taken a prefix away.
 *
 * @param path as it was sent
 */
export const consoleAnswer = (files: ConsoleFiles, path: string): HttpAnswer => {
  if (path === '/' || path === CONSOLE_PATH)
    return { statusCode: 302, headers: { ...HEADERS, location: 'console/', 'cache-control': 'no-store' } };
  const name = path.slice(CONSOLE_PATH.length + 1) || 'index.html';
  const text = Object.hasOwn(files, name) ? files[name] : undefined;
  if (text === undefined)
    return {
      statusCode: 404,
      headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
      body: 'There is nothing at this address; the page is at /console/.\n',
    };
  const isAsset = name.startsWith('assets/');
  return {
    statusCode: 200,
    headers: {
      ...HEADERS,
      'content-type': types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      // An asset has its hash in its name, so it may be cached; the file that names the assets must never be an old
      // one.
      'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-store',
    },
    body: text,
  };
};
