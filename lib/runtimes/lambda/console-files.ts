/** The files of the page: bundled before the package is packed, and again by a server that runs from a checkout. */
import { readFile } from 'node:fs/promises';

/** Texts by their paths below the page's own: `index.html`, `assets/main-1A2B3C4D.js`. */
export type ConsoleFiles = Readonly<Record<string, string>>;

/**
 * The name that `npm run bundle` gives them, beside the bundled functions. It is not `console.json`, which a runtime that
 * resolves `console` as CommonJS does takes for the function of that name.
 */
export const CONSOLE_FILE = 'page-files.json';

const BUNDLED = new URL(`./${CONSOLE_FILE}`, import.meta.url);
const PACKAGED = new URL(`../../../functions/${CONSOLE_FILE}`, import.meta.url);
/**
 * The bundler of the page. It is found in a checkout only, and never loaded elsewhere, where its packages are not
 * installed.
 */
const BUNDLER = new URL('../../../bin/console-files.ts', import.meta.url);

let loading: Promise<ConsoleFiles> | undefined;

/** The files, read once in the life of the process. After a failure, the next call tries again. */
export const consoleFiles = (): Promise<ConsoleFiles> => {
  loading ??= load().catch((thrown: unknown) => {
    loading = undefined;
    throw thrown;
  });
  return loading;
};

const load = async (): Promise<ConsoleFiles> => {
  if (import.meta.url.endsWith('.ts')) {
    const { bundleConsole }: { bundleConsole: () => Promise<ConsoleFiles> } = await import(BUNDLER.href);
    return bundleConsole();
  }
  const isFunction = import.meta.url.endsWith('.mjs');
  return JSON.parse(await readFile(isFunction ? BUNDLED : PACKAGED, 'utf8'));
};
