import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { holdfast } from '../run-holdfast.ts';
import { BACKUP_ID, finished } from '../waiting/scripted-runs.ts';
import { type ScriptedServer, sendJson, startScriptedServer } from '../waiting/scripted-server.ts';

let server: ScriptedServer;
const uuid = (n: number): string => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
const nightly = (n: number): string => `nightly-${uuid(n)}`;
/** The newest backups come first, on more than one page. */
const backups: { id: string; state: string; createdAt?: string; replacedBy?: string }[] = [
  { id: nightly(0xff01), state: 'IN_PROGRESS' },
  { id: nightly(0xff02), state: 'FAILED' },
  // Another backup replaced this one's file, so it cannot be restored.
  { id: nightly(0xff04), state: 'SUCCESS', replacedBy: nightly(0xff02) },
  { id: BACKUP_ID, state: 'PARTIAL' },
  { id: nightly(0xff03), state: 'SUCCESS' },
  ...Array.from({ length: 1200 }, (_, n) => ({ id: `weekly-${uuid(n)}`, state: 'SUCCESS' })),
];

beforeAll(async () => {
  server = await startScriptedServer();
  server.on('GET /v1/backups', ({ path }, response) => {
    const query = new URL(path, 'http://x').searchParams;
    const label = query.get('label');
    const of = backups.filter(({ id }) => label === null || id.startsWith(`${label}-`));
    const [skip, limit] = [Number(query.get('skip')), Number(query.get('limit'))];
    sendJson(response, 200, { skip, limit, total: of.length, resources: of.slice(skip, skip + limit) });
  });
  for (const { id } of backups)
    server.on(`GET /v1/backups/${id}`, (_, response) => sendJson(response, 200, finished('SUCCESS', { id })));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const shown = (word: string) => holdfast(['backup', 'show', word, '--json'], { env: server.env });

describe('an id on the command line [U8]', () => {
  test.each([
    ['latest', BACKUP_ID],
    ['latest:nightly', BACKUP_ID],
    ['latest:weekly', `weekly-${uuid(0)}`],
    ['nightly-0000ff02', nightly(0xff02)],
    // The start of the UUID alone; and an id that is on the second page.
    ['0000ff03', nightly(0xff03)],
    [`weekly-${uuid(1199).slice(0, 8)}`, `weekly-${uuid(1199)}`],
  ])('%s stands for %s', async (word, id) => {
    const { code, out, err } = await shown(word);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ id });
  });

  test('which is whole is not looked up', async () => {
    const before = server.asked.length;
    expect((await shown(BACKUP_ID)).code).toBe(0);
    expect(server.asked.slice(before).map(({ path }) => path)).toEqual([`/v1/backups/${BACKUP_ID}`]);
  });

  test('that several begin with is refused, and some of them are named: 2', async () => {
    const { code, err } = await shown('nightly-0000');
    expect(code).toBe(2);
    for (const n of [0xff01, 0xff02, 0xff03]) expect(err).toContain(nightly(n));
  });

  test.each(['monthly-', 'abc', '', 'latest:monthly', 'weekly-\u001b[2J', 'la'])(
    'that none begins with, such as %j, is not found: 4',
    async (word) => {
      const { code, err } = await shown(word);
      expect([code, err]).toEqual([4, expect.stringContaining('holdfast backup list')]);
      expect(err).not.toContain('\u001b');
    },
  );

  test('as latest means no backup that a clock made in the future, and tells of it [B15]', async () => {
    const future = `future-${uuid(1)}`;
    const createdAt = new Date(Date.now() + 86_400_000).toISOString();
    backups.unshift({ id: future, state: 'SUCCESS', createdAt });
    server.on(`GET /v1/backups/${future}`, (_, response) =>
      sendJson(response, 200, finished('SUCCESS', { id: future })),
    );
    for (const [word, id] of [
      ['latest', BACKUP_ID],
      ['latest:future', future],
    ] as const) {
      const { out, err } = await shown(word);
      expect(JSON.parse(out)).toMatchObject({ id });
      expect(err).toContain(`${future} was created at ${createdAt}, which is in the future`);
    }
    backups.shift();
  });

  test('of what runs is found by its beginning, or as latest, and cancelled [B9]', async () => {
    const id = nightly(0xff01);
    const operation = { id, kind: 'backup', backupId: id, startedAt: '2026-11-20T10:00:00.000Z' };
    let runs = true;
    server.on('GET /v1/status', (_, response) =>
      sendJson(response, 200, { state: 'BUSY', operation: runs ? operation : null, last: null }),
    );
    server.on(`POST /v1/operations/${id}/cancel`, (_, response) => sendJson(response, 202, { id }));
    const cancel = (word: string) => holdfast(['backup', 'cancel', word], { env: server.env });
    for (const word of ['latest', 'nightly-0000ff01', '0000ff01'])
      expect(await cancel(word)).toMatchObject({ code: 0, out: `${id} is being cancelled\n` });
    const other = await cancel('weekly');
    expect([other.code, other.err]).toEqual([4, expect.stringContaining(`what runs is the backup ${id}`)]);
    runs = false;
    expect(await cancel('latest')).toMatchObject({ code: 4, err: expect.stringContaining('nothing runs') });
  });

  test('is looked up where a command names a key beside, and each backup that is lost with a key', async () => {
    const key = `key-${uuid(7)}`;
    server.on('GET /v1/keys', (_, response) =>
      sendJson(response, 200, { skip: 0, limit: 1000, total: 1, resources: [{ id: key }] }),
    );
    server.on('POST /v1/backups', (_, response) => sendJson(response, 202, finished('SUCCESS')));
    server.on(`DELETE /v1/keys/${key}`, (_, response) => sendJson(response, 200, {}));
    const run = (...args: string[]) => holdfast(args, { env: server.env });
    await run('backup', 'create', '--key', 'key-00000007');
    expect(server.asked.at(-1)).toMatchObject({ method: 'POST', body: { keyId: key } });
    await run('key', 'delete', 'key-0000', '--yes', '--force', '--backup', '0000ff03');
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', body: { backups: [nightly(0xff03)] } });
    for (const args of [
      ['backup', 'create', '--key', 'key-9999'],
      ['backup', 'reseal', BACKUP_ID, '--key', 'key-9999'],
    ])
      expect(await run(...args)).toMatchObject({
        code: 4,
        err: expect.stringContaining('holdfast key list'),
      });
  });

  test('is looked up for a restore, a deletion and a download as well', async () => {
    for (const args of [
      ['backup', 'restore', 'monthly-1'],
      ['backup', 'delete', 'monthly-1', '--yes'],
      ['backup', 'download', 'monthly-1', '--output', '/nonexistent/x'],
      ['backup', 'verify', 'monthly-1'],
      ['backup', 'contents', 'monthly-1'],
      ['backup', 'log', 'monthly-1'],
      ['backup', 'reseal', 'monthly-1'],
    ])
      expect(await holdfast(args, { env: server.env })).toMatchObject({ code: 4 });
  });
});

describe('a person on the command line', () => {
  const people = [
    { id: `person-${uuid(0xaa01)}`, name: 'Alice', domain: null },
    { id: `person-${uuid(0xaa02)}`, name: 'bob', domain: 'a' },
    { id: `person-${uuid(0xaa03)}`, name: 'bob', domain: 'b' },
    // Somebody chose the start of another person's id as a name, to be found in that person's place.
    { id: `person-${uuid(0xaa04)}`, name: `person-${uuid(0xaa01)}`.slice(0, 20), domain: null },
  ];
  beforeAll(() => {
    server.on('GET /v1/users', (_, response) =>
      sendJson(response, 200, { skip: 0, limit: 1000, total: people.length, resources: people }),
    );
    for (const { id, ...person } of people)
      server.on(`GET /v1/users/${id}`, (_, response) =>
        sendJson(response, 200, { id, ...person, grants: [] }),
      );
  });
  const shownPerson = (word: string) => holdfast(['user', 'show', word, '--json'], { env: server.env });

  test.each([
    ['alice', 0],
    ['a/bob', 1],
    ['B/bob', 2],
    ['0000aa03', 2],
  ])('is found as %s', async (word, index) => {
    const { code, out, err } = await shownPerson(word);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ id: people[index]?.id });
  });

  test.each(['bob', `person-${uuid(0xaa01)}`.slice(0, 20)])(
    'that %s may mean two is refused',
    async (word) => {
      const { code, err } = await shownPerson(word);
      expect([code, JSON.parse(err)]).toMatchObject([2, { message: expect.stringContaining('people') }]);
    },
  );

  test('that nobody is, is not found', async () => {
    const { code, err } = await shownPerson('carol');
    expect([code, JSON.parse(err).message]).toEqual([4, expect.stringContaining('no person has this name')]);
  });
});
