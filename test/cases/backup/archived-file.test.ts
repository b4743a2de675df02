/** Downloads of a single file from a backup over the API: which file, for whom, and with which headers. */
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, stat, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../installation.ts';

/** Names that a header, a page or a file system might misread. */
const ODD_NAMES = [
  '<img src=x onerror=alert(1)>.html',
  'two\nlines\r\nSet-Cookie: a=b',
  'quote"; filename="other.txt',
  'naïve ☃ 文.txt',
  '%2e%2e%2fpasswd',
  "it's (a) *star*",
  'n'.repeat(255),
  'invoice-\u202efdp.exe',
  ' ',
];
const LARGE_BYTES = 40 * 1024 * 1024;

let here: Installation;
let id: string;
let large: string;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({ components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }] }),
  });
  await mkdir(here.path('source', 'deep', 'er'), { recursive: true });
  for (const name of ODD_NAMES) await writeFile(here.path('source', name), `content of ${name}`);
  await writeFile(here.path('source', 'deep', 'er', 'letter.txt'), 'a letter');
  await writeFile(here.path('source', 'empty'), '');
  await writeFile(
    Buffer.concat([Buffer.from(here.path('source', 'raw-')), Buffer.from([0xff, 0xfe])]),
    'raw',
  );
  await link(here.path('source', 'deep', 'er', 'letter.txt'), here.path('source', 'same-letter.txt'));
  await symlink('deep/er/letter.txt', here.path('source', 'link'));
  const hash = createHash('sha256');
  const file = await open(here.path('source', 'large.bin'), 'w');
  for (let at = 0; at < LARGE_BYTES; at += 1024 * 1024) {
    const block = randomBytes(1024 * 1024);
    hash.update(block);
    await file.write(block);
  }
  await file.close();
  large = hash.digest('hex');
  id = (await here.api.backup()).id;
}, 120_000);
afterAll(() => here?.close());

const addressOf = (query: Record<string, string>, backup = id): string =>
  `/v1/backups/${backup}/contents/file?${new URLSearchParams(query)}`;
const fetched = (query: Record<string, string>, options = {}) => here.api.get(addressOf(query), options);
const ofFiles = (path: string, options = {}) => fetched({ component: 'files', path }, options);
const roleToken = async (role: string): Promise<string> =>
  (await here.api.post('/v1/tokens', { name: role, role })).body.token;

describe('one file of a backup [U10]', () => {
  test.each(ODD_NAMES)('%j comes as a file that is kept, and never as a page', async (name) => {
    const { status, text, headers } = await ofFiles(name);
    expect([status, text]).toEqual([200, `content of ${name}`]);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('set-cookie')).toBeNull();
    const shown = headers.get('content-disposition') ?? '';
    expect(shown).toMatch(/^attachment; filename\*=UTF-8''[\w%.~!#$&+^`|-]+$/);
    const told = decodeURIComponent(shown.split("''")[1] ?? '');
    expect(told).not.toMatch(/[\p{Cc}\u202a-\u202e\\/]/u);
    expect(told.length).toBe(name.length);
  });

  test('a file in a folder, a hard link, an empty file, and a name that is no UTF-8', async () => {
    expect((await ofFiles('deep/er/letter.txt')).text).toBe('a letter');
    expect((await ofFiles('same-letter.txt')).text).toBe('a letter');
    const empty = await ofFiles('empty');
    expect([empty.status, empty.text, empty.headers.get('content-length')]).toEqual([200, '', '0']);
    const { body } = await here.api.get(`/v1/backups/${id}/contents?limit=1000`);
    const raw = body.resources.find((one: { path: string }) => one.path.startsWith('raw-'));
    const { path, pathBase64 } = raw;
    expect((await fetched({ component: 'files', path, pathBase64 })).text).toBe('raw');
  });

  test('a file of many segments comes whole, and only the segments that hold a file are read', async () => {
    const response = await fetch(`${here.api.url}${addressOf({ component: 'files', path: 'large.bin' })}`, {
      headers: { authorization: `Bearer ${here.api.token}` },
    });
    expect(response.headers.get('content-length')).toBe(String(LARGE_BYTES));
    const hash = createHash('sha256');
    for await (const piece of response.body ?? []) hash.update(piece);
    expect(hash.digest('hex')).toBe(large);
    // The archive is damaged in the middle: files in other places still download, files there do not.
    const other = (await here.api.backup()).id;
    const { body } = await here.api.get(`/v1/backups/${other}`);
    const archive = here.path('data', 'archives', body.fileName);
    const file = await open(archive, 'r+');
    await file.write(Buffer.alloc(64, 0), 0, 64, Math.floor((await stat(archive)).size / 2));
    await file.close();
    const small = await here.api.get(addressOf({ component: 'files', path: 'deep/er/letter.txt' }, other));
    expect([small.status, small.text]).toEqual([200, 'a letter']);
    const cut = fetch(`${here.api.url}${addressOf({ component: 'files', path: 'large.bin' }, other)}`, {
      headers: { authorization: `Bearer ${here.api.token}` },
    }).then(async (answer) => (answer.ok ? await answer.arrayBuffer() : Promise.reject(answer)));
    // The answer is a problem or is cut off; it never completes with wrong bytes.
    await expect(cut).rejects.toBeDefined();
  });

  test('HEAD tells how long it is', async () => {
    const answer = await fetch(`${here.api.url}${addressOf({ component: 'files', path: 'large.bin' })}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${here.api.token}` },
    });
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(LARGE_BYTES)]);
  });

  test.each([
    [{ component: 'files', path: 'nothing' }, 404, 'not_in_archive', /no file "nothing"/],
    [{ component: 'nothing', path: 'a' }, 404, 'not_in_archive', /nothing/],
    [{ component: 'files', path: 'deep' }, 400, 'invalid_request', /is a folder/],
    [{ component: 'files', path: 'link' }, 400, 'invalid_request', /symbolic link/],
    [{ component: 'files' }, 400, 'invalid_request', /path/],
    [{ path: 'empty' }, 400, 'invalid_request', /component/],
    [{ component: 'files', path: '../../etc/passwd' }, 404, 'not_in_archive', /no file/],
    [{ component: 'files', path: '' }, 400, 'invalid_request', /path/],
    [{ component: 'files', path: 'empty', more: 'x' }, 400, 'invalid_request', /more/],
  ] as const)('%j is refused in a sentence', async (query, status, code, sentence) => {
    const answer = await fetched(query as unknown as Record<string, string>);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail).toMatch(sentence);
  });

  test('a parameter that comes twice is refused, as is a backup that is not there', async () => {
    const twice = await here.api.get(`${addressOf({ component: 'files', path: 'empty' })}&path=deep`);
    expect([twice.status, twice.body.code]).toEqual([400, 'invalid_request']);
    const unknown = `backup-${crypto.randomUUID()}`;
    expect((await here.api.get(addressOf({ component: 'files', path: 'empty' }, unknown))).status).toBe(404);
  });

  test.each(['operator', 'auditor', 'puller', 'backup-maker'])(
    'whoever has no right to both the contents and the archive gets no plain byte: %s [T2]',
    async (role) => {
      const { status, body } = await ofFiles('empty', { token: await roleToken(role) });
      expect([status, body.code]).toEqual([403, 'forbidden']);
    },
  );

  test('the audit trail tells of every file by its name', async () => {
    await ofFiles('empty');
    await ofFiles('deep/er/letter.txt');
    await ofFiles('empty');
    const { body } = await here.api.get(
      `/v1/audit?action=getArchivedFile&outcome=done&subject=backups/${id}&limit=100`,
    );
    const notes = body.resources.map(({ note }: { note: string }) => note);
    expect(notes).toContain('component=files path=deep/er/letter.txt');
    // The trail has one entry, however often the same file is downloaded within ten minutes.
    expect(notes.filter((note: string) => note === 'component=files path=empty')).toHaveLength(1);
  });

  test('who goes away in the middle leaves nothing behind: the server answers on, and logs no failure', async () => {
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        `${here.api.url}${addressOf({ component: 'files', path: 'large.bin' })}`,
        { headers: { authorization: `Bearer ${here.api.token}` } },
        (answer) =>
          answer.once('data', () => {
            asked.destroy();
            resolve();
          }),
      );
      asked.on('error', reject);
      asked.end();
    });
    expect((await ofFiles('empty')).status).toBe(200);
    expect(here.log).not.toMatch(/could not be answered|"level":"error"/);
  });
});

describe('a file of an archive under a passphrase [U10]', () => {
  test('comes with the passphrase, and not without or with another', async () => {
    const passphrase = 'correct horse battery staple';
    const { id: sealed } = await here.api.backup({ passphrase });
    const ask = (given?: string) =>
      here.api.get(addressOf({ component: 'files', path: 'deep/er/letter.txt' }, sealed), {
        headers: given === undefined ? {} : { 'holdfast-passphrase': encodeURIComponent(given) },
      });
    expect((await ask(passphrase)).text).toBe('a letter');
    expect((await ask()).body.code).toBe('invalid_request');
    expect((await ask('another one altogether')).body.code).toBe('wrong_passphrase');
  }, 60_000);
});
