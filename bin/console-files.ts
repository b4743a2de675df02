/** How the page of lib/console is bundled: for the package, the check of sizes, and a server in a checkout. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, stop } from 'esbuild';
import type { ConsoleFiles } from '../lib/runtimes/lambda/console-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const source = `${root}lib/console/`;

/** The largest allowed size of all files of the page together, compressed. */
const BUDGET_GZIPPED_KB = 100;

/** The page: index.html, and the files that it loads, each with its hash in its name. */
export const bundleConsole = async (): Promise<ConsoleFiles> => {
  const { outputFiles } = await build({
    entryPoints: [`${source}main.tsx`, `${source}styles/page.css`],
    absWorkingDir: root,
    outdir: 'console',
    entryNames: 'assets/[name]-[hash]',
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    write: false,
    tsconfig: `${source}tsconfig.json`,
  });
  await stop();
  const icon = readFileSync(`${source}icon.svg`, 'utf8');
  const iconName = `assets/icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
  const assets = new Map(outputFiles.map(({ path, text }) => [`assets/${basename(path)}`, text]));
  const named = (extension: string): string => {
    const found = [...assets.keys()].find((name) => extname(name) === extension);
    if (found === undefined) throw new Error(`esbuild made no ${extension} of the page`);
    return found;
  };
  const index = readFileSync(`${source}index.html`, 'utf8')
    .replace('{script}', named('.js'))
    .replace('{style}', named('.css'))
    .replace('{icon}', iconName);
  return Object.fromEntries([['index.html', index], [iconName, icon], ...assets]);
};

/** Prints the size of the page. @returns whether it is no larger than allowed */
export const reportConsoleSize = (files: ConsoleFiles): boolean => {
  const bytes = Object.values(files).reduce((sum, text) => sum + gzipSync(text).length, 0);
  const isLight = bytes <= BUDGET_GZIPPED_KB * 1000;
  process.stdout.write(
    `${'the page, gzipped'.padEnd(20)} ${String(Math.ceil(bytes / 1000)).padStart(5)} of ${BUDGET_GZIPPED_KB} kB${isLight ? '' : '  TOO HEAVY'}\n`,
  );
  return isLight;
};
