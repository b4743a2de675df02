#!/usr/bin/env node
// Runs on any Node that knows modules, so that an old one is told what is missing instead of a syntax error.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

const start = () => {
  // Compiled code, the stripped TypeScript of a checkout included, is kept for the next start: it halves start-up.
  // In the user's own folder: what lies in /tmp could be another user's.
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  module.enableCompileCache(join(cache, 'holdfast'));
  const source = new URL('../lib/cli/main.ts', import.meta.url);
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const entry = existsSync(fileURLToPath(source)) ? source : built;
  return import(entry.href).then(({ main }) => main(process.argv.slice(2)));
};

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `error: holdfast needs Node.js ${NEEDED} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer Node.js; in a checkout, "npm ci" brings one that "npx holdfast" uses.\n',
  );
  process.exitCode = 1;
} else {
  start().then((exitCode) => {
    process.exitCode = exitCode;
  });
}
