import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemFailure } from '../../lib/cli/requests/problem.ts';
import { errorTable } from '../../lib/model/errors.ts';
import { holdfast, jsonLines } from './run-holdfast.ts';
import { BACKUP_ID, backupRecord, finished } from './waiting/scripted-runs.ts';
import {
  problem,
  type ScriptedServer,
  sendJson,
  startScriptedServer,
  TOKEN,
} from './waiting/scripted-server.ts';

let server: ScriptedServer;
let folder: string;
beforeAll(async () => {
  server = await startScriptedServer();
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('a command line that is wrong', () => {
  test.each([
    [['backup', 'creat']],
    [['backup', 'show']],
    [['backup', 'list', '--limit', 'ten']],
    [['backup', 'create', '--scope', 'all']],
    [['backup', 'create', '--no-such-option']],
    [['backup', 'create', '--key', 'k', '--passphrase-file', 'f']],
    [['backup', 'create', '--filters', '[', '--scope', 'domain']],
    [['backup', 'verify']],
    [['backup', 'verify', BACKUP_ID, '--file', 'x']],
    [['backup', 'delete', BACKUP_ID]],
    [['backup', 'create', '--passphrase-file', '/no/such/file']],
    [[]],
  ])('%j ends with 2 and a sentence on standard error', async (args) => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    const { code, out, err } = await holdfast(args, { env: server.env });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
  });

  test('is refused as JSON where JSON was asked for', async () => {
    const { code, out, err } = await holdfast(['backup', 'list', '--json', '--limit', 'ten']);
    expect([code, out]).toEqual([2, '']);
    expect(jsonLines(err)).toEqual([expect.objectContaining({ type: 'error', code: 'usage', exitCode: 2 })]);
  });

  test('help goes to standard output and is no failure', async () => {
    for (const args of [['--help'], ['backup', 'create', '--help'], ['help', 'backup']]) {
      const { code, out, err } = await holdfast(args);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain('Usage: holdfast');
    }
  });
});

describe('which installation is asked', () => {
  test('without any the answer says how to start one', async () => {
    const { code, err } = await holdfast(['backup', 'list'], { cwd: folder });
    expect(code).toBe(1);
    expect(err).toContain(join(folder, 'holdfast-data', 'server.json'));
    expect(err).toContain('npx holdfast serve');
  });

  test('the embedded one of the data folder, with its own token', async () => {
    server.on('GET /v1/components', (_, response) =>
      sendJson(response, 200, {
        skip: 0,
        limit: 10,
        total: 1,
        resources: [{ id: 'notes', kind: 'directory' }],
      }),
    );
    const data = join(folder, 'holdfast-data');
    await mkdir(data);
    await writeFile(join(data, 'server.json'), JSON.stringify({ url: `${server.url}/`, pid: process.pid }));
    await writeFile(join(data, 'cli.token'), `${TOKEN}\n`);
    for (const options of [
      { cwd: folder },
      { env: { HOLDFAST_DATA: data } },
      { args: ['--data', data], env: { HOLDFAST_URL: 'http://127.0.0.1:2', HOLDFAST_TOKEN: 'x' } },
    ]) {
      const { code, out } = await holdfast(['component', 'list', ...(options.args ?? [])], options);
      expect(code).toBe(0);
      expect(out).toMatch(/^notes\s+directory/m);
    }
  });

  test('a server that is gone is not sent the token: another program may listen there by now', async () => {
    const data = join(folder, 'gone');
    await mkdir(data);
    await writeFile(join(data, 'server.json'), JSON.stringify({ url: server.url, pid: 2 ** 30 }));
    await writeFile(join(data, 'cli.token'), TOKEN);
    const before = server.asked.length;
    const { code, err } = await holdfast(['backup', 'list', '--data', data]);
    expect(code).toBe(1);
    expect(err).toContain('is no longer running');
    expect(server.asked.length).toBe(before);
  });

  test.each([
    [{ HOLDFAST_URL: 'http://127.0.0.1:2' }, 2, 'HOLDFAST_TOKEN is not'],
    [{ HOLDFAST_URL: 'nonsense', HOLDFAST_TOKEN: 't' }, 2, 'not an address'],
    [{ HOLDFAST_URL: 'http://me:secret@127.0.0.1', HOLDFAST_TOKEN: 't' }, 2, 'HOLDFAST_TOKEN instead'],
    [{ HOLDFAST_URL: 'http://127.0.0.1:2', HOLDFAST_TOKEN: 't' }, 1, 'no server answers'],
  ])('%j is told apart', async (env, code, words) => {
    const found = await holdfast(['backup', 'list'], { env });
    expect(found.code).toBe(code);
    expect(found.err).toContain(words);
    expect(found.err).not.toContain('secret');
  });

  test('a redirect is not followed, and what is no Holdfast is named', async () => {
    server.on('GET /v1/status', (_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    );
    const redirected = await holdfast(['backup', 'status'], { env: server.env });
    expect([redirected.code, redirected.err]).toEqual([
      1,
      expect.stringContaining('redirects to http://127.0.0.1:9/'),
    ]);
    server.on('GET /v1/status', (_, response) => response.end('<html>'));
    const page = await holdfast(['backup', 'status'], { env: server.env });
    expect([page.code, page.err]).toEqual([1, expect.stringContaining('not a Holdfast server')]);
  });
});

describe('refusals of the server', () => {
  const path = `/v1/backups/${BACKUP_ID}`;

  test('every code of the error table ends with its exit code', () => {
    for (const [code, { status, exitCode }] of Object.entries(errorTable)) {
      const failure = problemFailure(status, JSON.stringify({ status, code, detail: 'no' }));
      expect([code, failure.code, failure.exitCode, failure.message]).toEqual([code, code, exitCode, 'no']);
    }
  });

  test('reach the process: its exit code, and the problem document as JSON', async () => {
    server.on(`GET ${path}`, (_, response) => problem(response, 403, 'wrong_passphrase', 'no', { left: 3 }));
    const { code, out, err } = await holdfast(['backup', 'show', BACKUP_ID, '--json'], { env: server.env });
    expect([code, out]).toEqual([12, '']);
    expect(jsonLines(err)).toEqual([
      {
        ...{ type: 'error', status: 403, left: 3, code: 'wrong_passphrase', message: 'no', exitCode: 12 },
        hint: 'Run the command again with the right one; nothing else opens it.',
      },
    ]);
  });

  test.each([
    [401, 5],
    [403, 5],
    [404, 4],
    [500, 1],
    [502, 1],
  ])('a page of a proxy with status %d ends with %d', async (status, exitCode) => {
    server.on(`GET ${path}`, (_, response) => response.writeHead(status).end('<html>'));
    const { code, err } = await holdfast(['backup', 'show', BACKUP_ID], { env: server.env });
    expect(code).toBe(exitCode);
    expect(err).toContain(`status ${status}`);
  });

  test('a request with wrong fields is told field by field', async () => {
    server.on('POST /v1/backups', (_, response) =>
      problem(response, 400, 'invalid_request', 'the request is not valid', {
        errors: [{ path: 'label', message: 'a label has 3 to 25 characters of A-Z a-z 0-9 _ . -' }],
      }),
    );
    const { code, err } = await holdfast(['backup', 'create', '--label', '..'], { env: server.env });
    expect(code).toBe(2);
    expect(err).toContain(
      'error: the request is not valid. Correct that; "holdfast backup create --help" shows what each option accepts.\n  label: a label has 3 to 25 characters of A-Z a-z 0-9 _ . -\n',
    );
  });

  test('a second operation ends with 11, names the first and how to end it [U2]', async () => {
    const operation = {
      id: BACKUP_ID,
      kind: 'backup',
      backupId: BACKUP_ID,
      startedAt: '2026-11-20T10:00:00.000Z',
    };
    server.on('POST /v1/backups', (_, response) =>
      problem(response, 409, 'operation_running', `another backup is running: ${BACKUP_ID}`, { operation }),
    );
    const { code, err } = await holdfast(['backup', 'create'], { env: server.env });
    expect(code).toBe(11);
    expect(err).toContain(`another backup is running: ${BACKUP_ID}`);
    expect(err).toContain(`holdfast backup cancel ${BACKUP_ID}`);
    const json = await holdfast(['backup', 'create', '--json'], { env: server.env });
    expect(jsonLines(json.err)).toEqual([expect.objectContaining({ code: 'operation_running', operation })]);
  });
});

describe('requests', () => {
  test('the options of create are the fields of the request; what is not given is left out', async () => {
    server.on('POST /v1/backups', (_, response) => sendJson(response, 202, backupRecord()));
    const bare = await holdfast(['backup', 'create'], { env: server.env });
    expect([bare.code, bare.out]).toEqual([0, `${BACKUP_ID}\n`]);
    expect(server.asked.at(-1)?.body).toEqual({});
    const filters = [{ resourceType: 'users', resourceQuery: { name: 'A*' } }];
    const args = [
      ...['--label', 'nightly', '--description', 'before the move', '--scope', 'domain', '--domain', 'acme'],
      ...['--component', 'notes', '--component', 'database', '--filters-file', '-', '--tied-to-hsm'],
      ...['--file-name', 'a.tar', '--backup-path', './archives', '--overwrite'],
      ...['--include-logs', '--log-file-name', 'a.log', '--idempotency-key', 'once'],
    ];
    const { code } = await holdfast(['backup', 'create', ...args], {
      env: server.env,
      cwd: folder,
      stdin: JSON.stringify(filters),
    });
    expect(code).toBe(0);
    expect(server.asked.at(-1)?.headers['idempotency-key']).toBe('once');
    expect(server.asked.at(-1)?.body).toEqual({
      label: 'nightly',
      description: 'before the move',
      scope: 'domain',
      domain: 'acme',
      components: ['notes', 'database'],
      filters,
      tiedToHsm: true,
      fileName: 'a.tar',
      backupPath: join(folder, 'archives'),
      overwrite: true,
      includeLogs: true,
      logFileName: 'a.log',
    });
  });

  test('a start whose answer was lost is asked for again under the same key, so one backup starts [B16]', async () => {
    let tries = 0;
    server.on('POST /v1/backups', (_, response) => {
      tries += 1;
      if (tries === 1) response.destroy();
      else sendJson(response, 202, backupRecord());
    });
    const { code, out } = await holdfast(['backup', 'create'], { env: server.env });
    expect([code, out]).toEqual([0, `${BACKUP_ID}\n`]);
    const keys = server.asked.slice(-2).map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
  });

  test('a passphrase comes from a file or standard input, less its line break', async () => {
    server.on('POST /v1/backups', (_, response) => sendJson(response, 202, backupRecord()));
    const file = join(folder, 'passphrase');
    await writeFile(file, ' correct horse battery \r\n', { mode: 0o600 });
    for (const [path, stdin] of [
      [file, ''],
      ['-', ' correct horse battery \n'],
    ] as const) {
      const { code, err } = await holdfast(['backup', 'create', '--passphrase-file', path], {
        env: server.env,
        stdin,
      });
      expect([code, err]).toEqual([0, expect.not.stringContaining('warning')]);
      expect(server.asked.at(-1)?.body).toEqual({ passphrase: ' correct horse battery ' });
    }
    await writeFile(file, 'two\nlines', { mode: 0o600 });
    const refused = await holdfast(['backup', 'create', '--passphrase-file', file], { env: server.env });
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('more than one line')]);
  });

  test('a passphrase file that others may read is warned of', async () => {
    const file = join(folder, 'shared');
    await writeFile(file, 'correct horse battery', { mode: 0o644 });
    const { code, err } = await holdfast(['backup', 'create', '--passphrase-file', file], {
      env: server.env,
    });
    expect([code, err]).toEqual([0, expect.stringContaining('chmod 600')]);
  });

  test('folders of a restore are meant from here; other targets go as they are', async () => {
    server.on(`GET ${'/v1/backups/'}${BACKUP_ID}`, (_, response) =>
      sendJson(
        response,
        200,
        finished('SUCCESS', { components: { notes: { kind: 'directory' }, database: { kind: 'postgres' } } }),
      ),
    );
    server.on(`POST /v1/backups/${BACKUP_ID}/restores`, (_, response) =>
      sendJson(response, 202, { id: 'restore-1' }),
    );
    const args = [
      '--to',
      'notes=back',
      '--to',
      'database=COPY_URL',
      '--existing',
      'refuse',
      '--component',
      'notes',
    ];
    const trust = { verifyKey: `${'A'.repeat(42)}E=`, manifestSha256: 'd'.repeat(64) };
    const word = `${trust.verifyKey}:${trust.manifestSha256}`;
    const { code, out } = await holdfast(['backup', 'restore', BACKUP_ID, ...args, '--trust', word], {
      env: server.env,
      cwd: folder,
    });
    expect([code, out]).toEqual([0, 'restore-1\n']);
    expect(server.asked.at(-1)?.body).toEqual({
      components: ['notes'],
      targets: { notes: join(folder, 'back'), database: 'COPY_URL' },
      existing: 'refuse',
      trust,
    });
  });

  test('trust without a word wants one where nobody can be asked: 2, with the whole command to copy', async () => {
    const trust = { verifyKey: `${'A'.repeat(42)}E=`, manifestSha256: 'd'.repeat(64) };
    const show = (fields: object) =>
      server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) =>
        sendJson(
          response,
          200,
          finished('SUCCESS', { signedBy: trust.verifyKey, importedFrom: 'berlin', ...fields }),
        ),
      );
    const posts = () => server.asked.filter(({ method }) => method === 'POST').length;
    const before = posts();
    show({ signature: 'unknown-signer', manifestSha256: trust.manifestSha256 });
    const args = ['backup', 'restore', BACKUP_ID, '--to', 'notes=/srv/a b', '--trust', '--existing', 'skip'];
    const { code, err } = await holdfast(args, { env: server.env });
    const word = `${trust.verifyKey}:${trust.manifestSha256}`;
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(
        `holdfast backup restore ${BACKUP_ID} --to 'notes=/srv/a b' --trust ${word} --existing skip`,
      ),
    ]);
    const shown = await holdfast(['backup', 'show', BACKUP_ID], { env: server.env });
    expect(shown.out).toMatch(new RegExp(`^signer +not known here \\(${trust.verifyKey}\\)`, 'm'));
    expect(shown.out).toMatch(new RegExp(`^manifest +${trust.manifestSha256}$`, 'm'));
    expect(shown.out).toContain(`--trust ${word}`);

    const wrong = await holdfast(['backup', 'restore', BACKUP_ID, '--trust', 'yes'], { env: server.env });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('not SIGNER:DIGEST')]);
    show({ signature: 'unknown-signer' });
    const older = await holdfast(args, { env: server.env });
    expect([older.code, older.err]).toEqual([
      5,
      expect.stringContaining(`holdfast backup verify ${BACKUP_ID}`),
    ]);
    expect(posts()).toBe(before);
  });

  test('an archive under a passphrase asks for it where nobody can be asked: 2, before any restore', async () => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) =>
      sendJson(response, 200, finished('SUCCESS', { encryption: { mode: 'passphrase' } })),
    );
    const { code, err } = await holdfast(['backup', 'restore', BACKUP_ID], { env: server.env });
    expect([code, err]).toEqual([2, expect.stringContaining('--passphrase-file')]);
  });
});

describe('what is shown', () => {
  test('a list is a table, and says what it leaves out [D3]', async () => {
    server.on('GET /v1/backups', (_, response) =>
      sendJson(response, 200, {
        skip: 1,
        limit: 1,
        total: 3,
        resources: [finished('PARTIAL', { description: 'evil \u001b[2J name' })],
      }),
    );
    const { code, out, err } = await holdfast(['backup', 'list', 'nightly', '--skip', '1', '--limit', '1'], {
      env: server.env,
    });
    expect(code).toBe(0);
    expect(server.asked.at(-1)?.path).toBe('/v1/backups?skip=1&limit=1&label=nightly');
    expect(out.split('\n')).toEqual([
      `ID${' '.repeat(44)}CREATED               STATE       SIZE  DESCRIPTION`,
      `${BACKUP_ID.padEnd(44)}  2026-11-20T10:00:00Z  PARTIAL  9.90 MB  evil \\x1b[2J name`,
      '',
    ]);
    expect(err).toBe('2 to 2 of 3 backups; --skip 2 shows more.\n');
  });

  test('with --json a list is the answer of the server, on one line', async () => {
    const page = { skip: 0, limit: 10, total: 1, resources: [{ ...finished('SUCCESS'), newField: 7 }] };
    server.on('GET /v1/backups', (_, response) => sendJson(response, 200, page));
    const { out, err } = await holdfast(['backup', 'list', '--json'], { env: server.env });
    expect(jsonLines(out)).toEqual([{ type: 'result', ...page }]);
    expect(err).toBe('');
  });

  test('all contents come page by page, an entry a line', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `file-${i}`);
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    server.on(`GET /v1/backups/${BACKUP_ID}/contents`, ({ path }, response) => {
      const skip = Number(new URL(path, server.url).searchParams.get('skip'));
      const resources = names
        .slice(skip, skip + 1000)
        .map((name) => ({ component: 'notes', path: name, type: 'file', size: 5, mode: 0o4755 }));
      sendJson(response, 200, { skip, limit: 1000, total: names.length, resources });
    });
    const { code, out } = await holdfast(['backup', 'contents', BACKUP_ID, '--all'], { env: server.env });
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2500);
    expect(lines[2499]).toMatch(/^-rwsr-xr-x {7}5 B .* notes:file-2499$/);
    const json = await holdfast(['backup', 'contents', BACKUP_ID, '--all', '--json'], { env: server.env });
    const objects = jsonLines(json.out);
    expect(objects[0]).toEqual({
      type: 'entry',
      entry: expect.objectContaining({ type: 'file', path: 'file-0' }),
    });
    expect(objects.at(-1)).toEqual({ type: 'result', id: BACKUP_ID, total: 2500 });
  });

  test('a backup deleted is said so, without a question under --yes [D5]', async () => {
    server.on(`DELETE /v1/backups/${BACKUP_ID}`, (_, response) => response.writeHead(204).end());
    const { code, out } = await holdfast(['backup', 'delete', BACKUP_ID, '--yes'], { env: server.env });
    expect([code, out]).toEqual([0, `${BACKUP_ID} is deleted\n`]);
  });
});

describe('the configuration', () => {
  test('is checked without a server, each fault with its place', async () => {
    const file = join(folder, 'holdfast.config.json');
    await writeFile(file, JSON.stringify({ components: [{ id: 'notes', kind: 'directory', path: '/srv' }] }));
    const good = await holdfast(['config', 'check'], { cwd: folder });
    expect([good.code, good.out]).toEqual([
      0,
      'holdfast.config.json is valid: installation holdfast, 1 component, 0 schedules\n',
    ]);
    await writeFile(file, JSON.stringify({ components: [{ id: 'notes', kind: 'directory' }], shedules: [] }));
    const bad = await holdfast(['config', 'check'], { cwd: folder });
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('components.0.path: ');
    expect(bad.err).toContain('shedules');
    await writeFile(file, '{');
    expect((await holdfast(['config', 'check'], { cwd: folder })).code).toBe(2);
    for (const command of [['config', 'check'], ['serve']]) {
      const none = await holdfast([...command, '--config', 'none'], { cwd: folder });
      expect([command, none.code, none.err]).toEqual([command, 2, expect.stringContaining('no file')]);
    }
  });

  const smtp = { env: 'SMTP_URL' };
  test.each([
    [
      'a cron expression out of range',
      { schedules: [{ id: 'nightly', cron: '61 * * * *' }] },
      /schedules\.0\.cron: .*"61 \* \* \* \*".*minute: 61/,
    ],
    [
      'a cron expression of words',
      { schedules: [{ id: 'nightly', cron: 'x x x x x' }] },
      /schedules\.0\.cron: /,
    ],
    [
      'a cron expression of six fields',
      { schedules: [{ id: 'nightly', cron: '* * * * * *' }] },
      /five fields/,
    ],
    [
      'a time zone that is none',
      { schedules: [{ id: 'nightly', cron: '0 3 * * *', timeZone: 'Mars' }] },
      /schedules\.0\.timeZone: .*Europe\/Berlin/,
    ],
    [
      'e-mail without a mail server',
      { notifications: { email: { to: ['ops@example.com'] } } },
      /notifications\.email: .*"smtp"/,
    ],
  ])(
    'with %s is refused alike by its check and by the start, which leaves nothing behind [K7] [K5]',
    async (_, config, told) => {
      const file = join(folder, 'faulty.config.json');
      await writeFile(file, JSON.stringify(config));
      const data = join(folder, 'faulty-data');
      for (const command of [
        ['config', 'check'],
        ['serve', '--port', '0', '--data', data],
      ]) {
        const { code, err } = await holdfast([...command, '--config', file], { cwd: folder });
        expect([command, code]).toEqual([command, 2]);
        expect(err).toMatch(told);
        expect(err).not.toMatch(/hft?_/);
      }
      expect(existsSync(data)).toBe(false);
    },
  );

  test('may leave the mail server out where it is for AWS, and say it where it is not', async () => {
    const file = join(folder, 'mail.config.json');
    const check = (...args: string[]) => holdfast(['config', 'check', '--config', file, ...args]);
    const from = 'holdfast@example.com';
    await writeFile(file, JSON.stringify({ notifications: { email: { to: ['ops@example.com'], from } } }));
    expect((await check('--host', 'aws')).code).toBe(0);
    await writeFile(file, JSON.stringify({ notifications: { email: { to: ['ops@example.com'], smtp } } }));
    expect((await check()).code).toBe(0);
  });
});
