/** A server or an archive's record with text that would control a terminal, or run when a user copies it. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { holdfast } from '../run-holdfast.ts';
import { BACKUP_ID, component, finished } from '../waiting/scripted-runs.ts';
import { problem, type ScriptedServer, sendJson, startScriptedServer } from '../waiting/scripted-server.ts';

// Each command is a separate process on a shared machine.
jest.setTimeout(120_000);

const REFUSED_ID = 'refused-6f9619ff-8b86-4011-b42d-00c04fc964ff';
const EVIL = `\u001b[2J\u001b]0;owned\u0007\r\u007f\u009b2J\u202e\u2028\nforged line`;
const COMMAND = '$(touch ran)`touch ran`; touch ran #';

/**
 * Appends hostile text to every string in a record, except `state`, which decides how an operation is shown.
 */
const poisoned = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') return name === 'state' || name === 'mode' ? value : `${value}${EVIL}`;
  if (Array.isArray(value)) return value.map((item) => poisoned(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poisoned(inner, key)]));
};

const skipped = { skippedCount: 1, skipped: [{ path: 'p', reason: 'r' }], shortError: 'e' };
const backup = finished('PARTIAL', {
  description: 'd',
  replacedBy: '',
  logFileName: 'l',
  imported: true,
  importedFrom: 'i',
  signature: 'unknown-signer',
  signedBy: 's',
  components: { c: component('PARTIAL', skipped) },
  restores: [{ id: 'r', state: 'SUCCESS', dryRun: true, componentStatus: {} }],
});
const restore = {
  ...backup,
  backupId: BACKUP_ID,
  dryRun: true,
  force: true,
  trusted: true,
  plan: {
    c: {
      target: 't',
      counts: { create: 1, overwrite: 0, skip: 0, refuse: 1 },
      entries: [{ path: 'p', action: 'refuse', reason: 'r' }],
    },
  },
  components: { c: component('SUCCESS', { target: 't', bytes: 1 }) },
  afterwards: ['restart'],
};
const page = (resource: unknown) => ({ skip: 0, limit: 10, total: 2, resources: [resource] });
const contents = {
  component: 'c',
  path: 'p',
  type: 'file',
  size: 1,
  mode: 0o644,
  mtime: 'not a time',
  link: 'l',
  segment: 1,
  offset: 0,
};
const operation = {
  id: 'o',
  kind: 'backup',
  backupId: 'b',
  startedAt: 'x',
  state: 'FAILED',
  shortError: 'e',
};

const answers: Readonly<Record<string, unknown>> = {
  'GET /v1/backups': page(backup),
  [`GET /v1/backups/${BACKUP_ID}`]: backup,
  [`GET /v1/backups/${BACKUP_ID}/contents`]: page(contents),
  'GET /v1/restores': page(restore),
  'GET /v1/restores/r': restore,
  'GET /v1/status': { state: 'BUSY', operation, last: operation },
  'GET /v1/components': page({ id: 'c', kind: 'k', domain: 'd', target: 't' }),
  'GET /v1/keys': page({ id: 'k', scope: 'domain', domain: 'd', createdAt: 'x', importedFrom: 'i' }),
  'GET /v1/keys/k': { id: 'k', scope: 'domain', domain: 'd', createdAt: 'x', createdBy: 'b', recipient: 'r' },
  'GET /v1/verify-keys': page({ id: 'v', installation: 'i', addedAt: 'x', publicKey: 'p', own: true }),
  'GET /v1/uploads': page({ id: 'u', createdBy: 'b', createdAt: 'x', expiresAt: 'y', bytes: 1 }),
  'POST /v1/keys': { id: 'k', scope: 'domain', domain: 'd' },
  'POST /v1/backups': backup,
  [`POST /v1/backups/${BACKUP_ID}/restores`]: restore,
  'POST /v1/operations/o/cancel': operation,
};
const commands = [
  ['backup', 'list'],
  ['backup', 'show', BACKUP_ID],
  ['backup', 'status'],
  ['backup', 'contents', BACKUP_ID],
  ['backup', 'contents', BACKUP_ID, '--all'],
  ['backup', 'create'],
  ['backup', 'restore', BACKUP_ID],
  ['backup', 'cancel', 'o'],
  ['restore', 'list'],
  ['restore', 'show', 'r'],
  ['upload', 'list'],
  ['component', 'list'],
  ['key', 'list'],
  ['key', 'show', 'k'],
  ['key', 'create'],
  ['verify-key', 'list'],
  ['verify-key', 'show'],
  // An id that does not exist, with the server's own message.
  ['backup', 'show', REFUSED_ID],
];

/** The program itself uses colours only on a terminal, and there is none here. */
const UNSEEN = /[^\P{Cc}\n]|[\u2028-\u202e]/u;

describe('what a server says [B8]', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer();
    for (const [route, answer] of Object.entries(answers))
      server.on(route, (_, response) => sendJson(response, 200, poisoned(answer)));
    server.on(`GET /v1/backups/${REFUSED_ID}`, (_, response) =>
      problem(response, 409, 'operation_running', `no${EVIL}`, {
        operation: { ...operation, id: `o${COMMAND}${EVIL}` },
        errors: [
          { path: 'a', message: EVIL },
          { path: 'b', message: EVIL },
        ],
      }),
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(commands.map((args) => ({ name: args.join(' '), args })))(
    'to $name neither drives a terminal nor begins a line',
    async ({ args }) => {
      for (const json of [[], ['--json']]) {
        const { out, err } = await holdfast([...args, ...json], { env: server.env });
        expect(out + err).not.toBe('');
        expect(out + err).not.toMatch(UNSEEN);
        expect(out + err).not.toMatch(/^forged line/m);
        if (json.length > 0) for (const line of `${out}${err}`.split('\n').filter(Boolean)) JSON.parse(line);
      }
    },
  );

  test('is one word of the shell in a command to be copied', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-copied-'));
    try {
      const { err } = await holdfast(['backup', 'show', REFUSED_ID], { env: server.env });
      const [, printed = ''] = /"(holdfast backup cancel .*)" cancels it/.exec(err) ?? [];
      expect(printed).toContain('touch ran');
      execFileSync('sh', ['-c', printed.replace(/^holdfast/, 'echo')], { cwd: folder });
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
