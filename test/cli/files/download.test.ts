import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import { makeSampleArchive } from '../../archive/samples/sample-archive.ts';
import { holdfast, jsonLines, startHoldfast } from '../run-holdfast.ts';
import { BACKUP_ID, backupRecord, finished } from '../waiting/scripted-runs.ts';
import {
  type Asked,
  problem,
  type ScriptedServer,
  sendJson,
  startScriptedServer,
} from '../waiting/scripted-server.ts';

const archive = randomBytes(3_000_000);
const sha256 = createHash('sha256').update(archive).digest('hex');
const ticketPath = `/v1/backups/${BACKUP_ID}/download`;
const bytesPath = `/v1/backups/${BACKUP_ID}/archive`;

let server: ScriptedServer;
let folder: string;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-download-'));
  server.on(`POST ${ticketPath}`, (_, response) => sendJson(response, 200, ticket(bytesPath)));
  server.on(`GET ${bytesPath}`, ({ headers }, response) =>
    sendRange(response, headers.range, archive.length),
  );
});
afterEach(() => rm(folder, { recursive: true }));

const ticket = (url: string): object => ({
  url,
  sha256,
  bytes: archive.length,
  fileName: 'a.tar',
  expiresAt: '2026-11-20T10:15:00.000Z',
});

/** Sends the requested range, and breaks the connection after `most` bytes. */
const sendRange = (response: ServerResponse, range: string | undefined, most: number): void => {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const rest = archive.subarray(from);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-length': rest.length,
    ...(range === undefined
      ? {}
      : { 'content-range': `bytes ${from}-${archive.length - 1}/${archive.length}` }),
  });
  if (rest.length <= most) response.end(rest);
  else response.write(rest.subarray(0, most), () => response.destroy());
};

const askedFor = (path: string): Asked[] => server.asked.filter((asked) => asked.path === path);
const download = (file: string, ...more: string[]) =>
  holdfast(['backup', 'download', BACKUP_ID, '--output', file, ...more], { env: server.env, cwd: folder });

describe('backup download', () => {
  test('leaves the whole archive, checked, under its name and nothing else [T4]', async () => {
    const { code, out } = await download('a.tar');
    expect(code).toBe(0);
    expect(out).toBe(`a.tar: 3.00 MB, SHA-256 ${sha256}\n`);
    expect(await readdir(folder)).toEqual(['a.tar']);
    expect((await readFile(join(folder, 'a.tar'))).equals(archive)).toBe(true);
  });

  describe('of an archive that is too large for a SHA-256 of its file', () => {
    let bytes: Buffer;
    beforeEach(async () => {
      bytes = (await makeSampleArchive()).bytes;
      const { signature } = await openArchive(bytesSource(bytes), { trust: () => true });
      const { manifestSha256 } = signature;
      server.on(`POST ${ticketPath}`, (_, response) =>
        sendJson(response, 200, { ...ticket(bytesPath), sha256: '', bytes: bytes.length }),
      );
      server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) =>
        sendJson(response, 200, { ...backupRecord(), manifestSha256 }),
      );
    });
    const send = (what: Buffer): void =>
      server.on(`GET ${bytesPath}`, (_, response) => {
        response.writeHead(200, { 'content-length': what.length });
        response.end(what);
      });

    test('checks every byte by the signed manifest that the record names [T4]', async () => {
      send(bytes);
      const { code, err } = await download('a.tar');
      expect(code).toBe(0);
      expect(err).toContain('every byte of it was checked by its signed manifest');
      expect((await readFile(join(folder, 'a.tar'))).equals(bytes)).toBe(true);
    }, 20_000);

    test('refuses one with a byte changed, and leaves nothing under the name [T4]', async () => {
      const at = bytes.indexOf('age-encryption.org/v1', bytes.indexOf('components/')) + 300;
      send(Buffer.from(bytes).fill('x', at, at + 10));
      const { code, err } = await download('a.tar', '--json');
      expect([code, jsonLines(err).at(-1)?.code]).toEqual([1, 'archive_damaged']);
      expect(await readdir(folder)).not.toContain('a.tar');
    }, 20_000);

    test('says of a stream that it was not checked', async () => {
      send(bytes);
      const { code, err } = await download('-');
      expect(code).toBe(0);
      expect(err).toContain('Verify the download: holdfast backup verify --file FILE');
    }, 20_000);
  });

  test('goes on where a connection broke off, until all is here [T4]', async () => {
    server.on(`GET ${bytesPath}`, ({ headers }, response) => sendRange(response, headers.range, 1_100_000));
    const before = askedFor(bytesPath).length;
    const { code } = await download('a.tar');
    expect(code).toBe(0);
    expect((await readFile(join(folder, 'a.tar'))).equals(archive)).toBe(true);
    const ranges = askedFor(bytesPath)
      .slice(before)
      .map(({ headers }) => headers.range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.length).toBeGreaterThan(1);
    expect(ranges.slice(1)).toEqual(ranges.slice(1).map(() => expect.stringMatching(/^bytes=[1-9]\d*-$/)));
  }, 20_000);

  test('goes on with what an earlier try has left in FILE.part', async () => {
    await writeFile(join(folder, 'a.tar.part'), archive.subarray(0, 2_000_000));
    const before = askedFor(bytesPath).length;
    expect((await download('a.tar')).code).toBe(0);
    expect(
      askedFor(bytesPath)
        .slice(before)
        .map(({ headers }) => headers.range),
    ).toEqual(['bytes=2000000-']);
    expect((await readFile(join(folder, 'a.tar'))).equals(archive)).toBe(true);
    expect(await readdir(folder)).toEqual(['a.tar']);
  });

  test.each([
    ['another archive', randomBytes(1000)],
    ['a longer one', randomBytes(archive.length + 5)],
    ['one of the same length', randomBytes(archive.length)],
  ])('begins again when FILE.part is of %s', async (_, bytes) => {
    await writeFile(join(folder, 'a.tar.part'), bytes);
    expect((await download('a.tar')).code).toBe(0);
    expect((await readFile(join(folder, 'a.tar'))).equals(archive)).toBe(true);
  });

  test('works where ranges are not heard', async () => {
    server.on(`GET ${bytesPath}`, (_, response) => sendRange(response, undefined, archive.length));
    await writeFile(join(folder, 'a.tar.part'), archive.subarray(0, 1234));
    expect((await download('a.tar')).code).toBe(0);
    expect((await readFile(join(folder, 'a.tar'))).equals(archive)).toBe(true);
  });

  test('refuses what is not the archive that was sealed, and leaves nothing', async () => {
    server.on(`GET ${bytesPath}`, (_, response) => response.end(randomBytes(archive.length)));
    const { code, err } = await download('a.tar', '--json');
    expect(code).toBe(1);
    expect(jsonLines(err).at(-1)).toEqual(
      expect.objectContaining({ type: 'error', code: 'archive_damaged' }),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses a file that is there, unless told to replace it [U5]', async () => {
    await writeFile(join(folder, 'a.tar'), 'mine');
    const { code, err } = await download('a.tar');
    expect([code, err]).toEqual([1, expect.stringContaining('already exists')]);
    expect(await readFile(join(folder, 'a.tar'), 'utf8')).toBe('mine');
    expect((await download('a.tar', '--overwrite')).code).toBe(0);
    expect((await readFile(join(folder, 'a.tar'))).equals(archive)).toBe(true);
  });

  test('never replaces what is no plain file, nor writes through a link', async () => {
    expect((await download('/dev/null', '--overwrite')).code).toBe(1);
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
    await writeFile(join(folder, 'other'), 'mine');
    await symlink('other', join(folder, 'link'));
    expect((await download('link', '--overwrite')).code).toBe(1);
    await symlink('other', join(folder, 'b.part'));
    expect((await download('b')).code).toBe(1);
    expect(await readFile(join(folder, 'other'), 'utf8')).toBe('mine');
    expect((await download('no/such/folder/a.tar')).code).toBe(1);
  });

  test('an unknown backup ends with 4 and leaves no file', async () => {
    server.on(`POST ${ticketPath}`, (_, response) =>
      problem(response, 404, 'not_found', 'there is no such backup'),
    );
    expect((await download('a.tar')).code).toBe(4);
    expect(await readdir(folder)).toEqual([]);
  });

  test('an address elsewhere never gets the token', async () => {
    server.on(`POST ${ticketPath}`, (_, response) =>
      sendJson(response, 200, ticket(`${server.url}/open/archive`)),
    );
    server.on('GET /open/archive', ({ headers }, response) =>
      sendRange(response, headers.range, archive.length),
    );
    expect((await download('a.tar')).code).toBe(0);
    expect(askedFor('/open/archive').map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('an archive on standard output', () => {
  test('create --output - streams it, and tells all else on standard error [U8] [T4]', async () => {
    server.on('POST /v1/backups', (_, response) => sendJson(response, 202, backupRecord()));
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    const { code, stdout, err } = await holdfast(['backup', 'create', '--output', '-'], { env: server.env });
    expect(code).toBe(0);
    expect(stdout.equals(archive)).toBe(true);
    expect(err).toContain('seal-archive\n');
    expect(err).toContain('3000000 bytes to standard output, SHA-256 checked\n');
    expect(err).toContain('state       SUCCESS\n');
  });

  test('create --output FILE brings it, and refuses a file that is there before any work starts [U8]', async () => {
    const created = await holdfast(['backup', 'create', '--output', 'b.tar', '--json'], {
      env: server.env,
      cwd: folder,
    });
    expect(created.code).toBe(0);
    expect(jsonLines(created.out)).toEqual([expect.objectContaining({ type: 'result', id: BACKUP_ID })]);
    expect((await readFile(join(folder, 'b.tar'))).equals(archive)).toBe(true);
    const starts = askedFor('/v1/backups').length;
    const refused = await holdfast(['backup', 'create', '--output', 'b.tar'], {
      env: server.env,
      cwd: folder,
    });
    expect(refused.code).toBe(1);
    expect(askedFor('/v1/backups').length).toBe(starts);
  });

  test('goes on over broken connections, each byte once', async () => {
    server.on(`GET ${bytesPath}`, ({ headers }, response) => sendRange(response, headers.range, 1_100_000));
    const { code, stdout } = await download('-');
    expect(code).toBe(0);
    expect(stdout.equals(archive)).toBe(true);
  }, 20_000);

  test('ends quietly when the reader leaves, and not as if all were well', async () => {
    const run = startHoldfast(['backup', 'download', BACKUP_ID, '--output', '-'], { env: server.env });
    run.child.stdout.once('data', () => run.child.stdout.destroy());
    const { code, err } = await run.done;
    expect([code, err]).toEqual([1, '']);
  });
});
