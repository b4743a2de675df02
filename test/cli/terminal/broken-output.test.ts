/** A command whose output cannot be written: the disk is full, or the reader has closed the pipe. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { holdfast } from '../run-holdfast.ts';
import { BACKUP_ID, finished } from '../waiting/scripted-runs.ts';
import { type ScriptedServer, sendJson, startScriptedServer } from '../waiting/scripted-server.ts';

const archive = randomBytes(3_000_000);
const entries = 1000;

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
  server.on('GET /v1/backups', (_, response) =>
    sendJson(response, 200, { skip: 0, limit: 10, total: 1, resources: [finished('SUCCESS')] }),
  );
  server.on('POST /v1/backups', (_, response) => sendJson(response, 202, finished('SUCCESS')));
  server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
  server.on(`GET /v1/backups/${BACKUP_ID}/contents`, (_, response) => {
    const one = { component: 'notes', path: 'x'.repeat(500), type: 'file', size: 1 };
    sendJson(response, 200, {
      skip: 0,
      limit: entries,
      total: entries * 100,
      resources: Array.from({ length: entries }, () => one),
    });
  });
  server.on(`POST /v1/backups/${BACKUP_ID}/download`, (_, response) =>
    sendJson(response, 200, {
      url: '/v1/archive',
      sha256: createHash('sha256').update(archive).digest('hex'),
      bytes: archive.length,
      fileName: 'a.tar',
      expiresAt: '2026-11-20T10:15:00.000Z',
    }),
  );
  server.on('GET /v1/archive', (_, response) =>
    response.writeHead(200, { 'content-length': archive.length }).end(archive),
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** `sink` is where standard output goes; the reader of a pipe closes it after the first data. */
const writingTo = async (sink: string | 'a pipe', args: readonly string[]) => {
  const out = sink === 'a pipe' ? 'pipe' : openSync(sink, 'w');
  const child = spawn(process.execPath, ['bin/holdfast.js', ...args], {
    env: { ...process.env, ...server.env },
    stdio: ['ignore', out, 'pipe'],
  });
  child.stdout?.once('data', () => child.stdout?.destroy());
  let err = '';
  child.stderr?.on('data', (text) => {
    err += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, err };
};

const testOnFullDevice = existsSync('/dev/full') ? test : test.skip;

describe('standard output that takes nothing more [U8]', () => {
  testOnFullDevice.each([
    [['backup', 'list']],
    [['backup', 'list', '--json']],
    [['backup', 'contents', BACKUP_ID, '--all']],
    [['backup', 'create', '--output', '-']],
    [['backup', 'download', BACKUP_ID, '--output', '-']],
  ])('ends %j with 1 and a sentence', async (args) => {
    const { code, err } = await writingTo('/dev/full', args);
    expect([code, err]).toEqual([1, expect.stringMatching(/standard output cannot be written: ENOSPC/)]);
    expect(err).not.toMatch(/^ +at |node:/m);
  });

  test.each([[['backup', 'contents', BACKUP_ID, '--all']], [['backup', 'list']]])(
    'ends %j quietly when its reader has seen enough',
    async (args) => {
      expect(await writingTo('a pipe', args)).toEqual({ code: 0, err: expect.not.stringMatching(/rror/) });
    },
  );

  test('ends a download quietly too, and not as done', async () => {
    const { code, err } = await writingTo('a pipe', ['backup', 'download', BACKUP_ID, '--output', '-']);
    expect([code, err]).toEqual([1, expect.not.stringMatching(/rror/)]);
  });

  test('standard error that takes nothing loses notes, not the work', async () => {
    const child = spawn(process.execPath, ['bin/holdfast.js', 'backup', 'create'], {
      env: { ...process.env, ...server.env },
      stdio: ['ignore', 'pipe', openSync(existsSync('/dev/full') ? '/dev/full' : '/dev/null', 'w')],
    });
    let out = '';
    child.stdout?.on('data', (text) => {
      out += text;
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(out).toBe(`${BACKUP_ID}\n`);
  });
});

test('an output without a name is refused before the backup starts: 2', async () => {
  const before = server.asked.length;
  const { code, err } = await holdfast(['backup', 'create', '--output', ''], { env: server.env });
  expect([code, err]).toEqual([2, expect.stringContaining('--output names no file')]);
  expect(server.asked.length).toBe(before);
});

test('a request that was made before is told as it ended, not as running [B16]', async () => {
  const { code, out, err } = await holdfast(['backup', 'create', '--idempotency-key', 'once'], {
    env: server.env,
  });
  expect([code, out]).toEqual([0, `${BACKUP_ID}\n`]);
  expect(err).toContain('this request was sent before');
  expect(err).toContain('SUCCESS');
  expect(err).not.toContain('The backup runs');
});
