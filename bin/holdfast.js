#!/usr/bin/env node
// Runs on any Node that knows modules, so that an old one is told what is missing instead of a syntax error.
import { existsSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

const fail = (lines) => {
  process.stderr.write(`error: ${lines.join(' ')}\n`);
  process.exitCode = 1;
};

/** A checkout runs from its sources; an installed package from what was built of them. */
const entryPoint = () => {
  const source = new URL('../lib/cli/main.ts', import.meta.url);
  const path = fileURLToPath(source);
  // Node strips no types below node_modules.
  const isCheckout = existsSync(path) && !/[\\/]node_modules[\\/]/.test(path);
  return isCheckout ? source : new URL('../dist/lib/cli/main.js', import.meta.url);
};

/**
 * Keeps compiled code, the stripped TypeScript of a checkout included, for the next start: it halves start-up. In the
 * user's own folder, since what lies in /tmp could be another user's. Where that cannot be made, it goes without.
 */
const keepCompiledCode = () => {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const own = join(caches, 'holdfast');
  for (const folder of [caches, own]) {
    try {
      // Never "recursive", which goes round for ever where a parent takes no folders, as in /proc.
      if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    } catch {
      return;
    }
  }
  module.enableCompileCache(own);
  // Threads look for it here only: without it each of them would strip TypeScript anew, in 20 MB.
  process.env.NODE_COMPILE_CACHE ??= own;
};

const start = () => {
  keepCompiledCode();
  return import(entryPoint().href).then(({ main }) => main(process.argv.slice(2)));
};

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  fail([
    `holdfast needs Node.js ${NEEDED} or newer, and this is ${process.versions.node} (${process.execPath}).`,
    'Install a newer Node.js; in a checkout, "npm ci" brings one that "npx holdfast" uses.',
  ]);
} else {
  start().then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error) => {
      const missing = error.code === 'ERR_MODULE_NOT_FOUND';
      fail(
        missing
          ? [`${error.message}.`, 'Something is not installed: run "npm ci".']
          : ['Holdfast failed inside; report it as a fault, with these lines:', error.stack],
      );
    },
  );
}
