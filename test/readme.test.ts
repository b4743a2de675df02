/** The first backup from the README, with its configuration and commands word for word, in a new checkout. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadlineIn } from './deadline.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = readme.slice(readme.indexOf('## Your first backup'), readme.indexOf('## Everyday use'));
const blocks = (language: string): string[] =>
  [...section.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);

let checkout: string;
let server: ChildProcess | undefined;
const restored = join(tmpdir(), `holdfast-readme-${process.pid}`);

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'holdfast-readme-'));
  for (const name of ['package.json', 'bin', 'lib', 'lambdas', 'statemachines', 'docs', 'node_modules'])
    symlinkSync(join(root, name), join(checkout, name));
});
afterAll(async () => {
  if (server?.pid !== undefined && server.exitCode === null) {
    process.kill(-server.pid, 'SIGTERM');
    await once(server, 'exit');
  }
  for (const path of [checkout, restored]) rmSync(path, { recursive: true, force: true });
});

/**
 * The machine's npm runs npx, and npx puts the project's Node first in the PATH. This environment is that of
 * a terminal, without the variables of `npm test`.
 */
const env = (): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|HOLDFAST_)/i.test(name));
  const path = (process.env.PATH ?? '').split(':').filter((part) => !part.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(':') };
};

const run = (command: string): string => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: checkout,
    env: env(),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command}\nended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
};

test('the quick start works word for word', async () => {
  const [config = ''] = blocks('json');
  writeFileSync(join(checkout, 'holdfast.config.json'), config);
  const [serve = '', create = '', restore = ''] = blocks('bash');

  server = spawn('bash', ['-c', serve], {
    cwd: checkout,
    env: env(),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr?.on('data', (text) => {
    said += text;
  });
  for (const deadline = deadlineIn(30_000); !said.includes('listens on'); await pause(50))
    if (deadline.isOver || server.exitCode !== null) throw new Error(`the server did not start:\n${said}`);
  expect(said).toMatch(/shown this once:\n\n {2}hf_\S+/);

  const [id = ''] = /first-[0-9a-f-]{36}/.exec(run(create)) ?? [];
  expect(id).not.toBe('');
  const commands = restore.replaceAll('<id>', id).replaceAll('/tmp/documents', restored);
  expect(run(commands)).toContain('SUCCESS');
  expect(readdirSync(restored).sort()).toEqual(readdirSync(dirname(join(root, 'docs', 'x'))).sort());
});
