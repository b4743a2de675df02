import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import * as z from 'zod';
import { onSmallDisk, testOnSmallDisk } from './small-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const url = (path: string): string => new URL(`../../../${path}`, import.meta.url).href;
/**
 * Script with a server whose data folder is on the small disk, and functions that fill the disk to its last
 * byte.
 */
const prelude = `
  const { appendFileSync, existsSync, openSync, writeSync, closeSync, statfsSync, rmSync } = await import('node:fs');
  const { startServer } = await import('${url('lib/runtimes/server/server.ts')}');
  const { configSchema } = await import('${url('lib/model/config/config.ts')}');
  const { JsonLogger } = await import('${url('lib/adapters/any/json-logger.ts')}');
  const disk = process.argv[1];
  const lines = [];
  const start = () => startServer({
    data: disk + '/data', config: configSchema.parse({}), port: 0, takeAdminToken: () => {},
    log: new JsonLogger({ pretty: false, write: (line) => lines.push(line) }),
  });
  const free = () => { const { bavail, bsize } = statfsSync(disk); return bavail * bsize; };
  const fill = () => {
    const file = openSync(disk + '/filler', 'a');
    for (const size of [1 << 20, 4096, 1]) {
      try { for (;;) writeSync(file, Buffer.alloc(size)); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
    }
    closeSync(file);
  };
  const call = async (server, method, path, body) => {
    const token = (await import('node:fs')).readFileSync(disk + '/data/cli.token', 'utf8').trim();
    const json = body !== undefined && !(body instanceof Uint8Array);
    const answer = await fetch(server.url + path, {
      method, body: json ? JSON.stringify(body) : body,
      headers: { authorization: 'Bearer ' + token, ...(json && { 'content-type': 'application/json' }) },
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const told = {};
`;
const run = (script: string): Record<string, unknown> =>
  JSON.parse(
    onSmallDisk(folder, '64m', `${prelude}${script}\nconsole.log(JSON.stringify(told)); process.exit(0);`),
  );

describe('a disk that is full to its last byte', () => {
  testOnSmallDisk(
    'an upload that filled it is removed with Holdfast itself, and the room comes back [B1]',
    () => {
      const told = run(`
      const server = await start();
      server.host.folder.reserve.adjust();
      const upload = (await call(server, 'POST', '/v1/uploads', { bytes: 20 * 1024 * 1024 })).body;
      told.part = (await call(server, 'PUT', '/v1/uploads/' + upload.id + '/parts/1', Buffer.alloc(upload.partBytes))).status;
      fill();
      told.free = free();
      told.second = (await call(server, 'PUT', '/v1/uploads/' + upload.id + '/parts/2', Buffer.alloc(upload.partBytes))).body.code;
      told.listed = (await call(server, 'GET', '/v1/uploads')).body.resources.map(({ id }) => id === upload.id);
      told.removed = (await call(server, 'DELETE', '/v1/uploads/' + upload.id)).status;
      told.room = free() >= upload.partBytes;
      told.said = lines.some((line) => line.includes('the reserve in the data folder was deleted'));
      rmSync(disk + '/filler');
      server.host.folder.reserve.adjust();
      told.again = existsSync(disk + '/data/disk.reserve');
      await server.close();
    `);
      expect(told).toEqual({
        part: 204,
        free: 0,
        second: 'storage_full',
        listed: [true],
        removed: 204,
        room: true,
        said: true,
        again: true,
      });
    },
  );

  testOnSmallDisk('a server starts all the same, answers, and can be found [B1]', () => {
    const told = run(`
      const first = await start();
      first.host.folder.reserve.adjust();
      await first.close();
      fill();
      told.free = free();
      const second = await start();
      told.health = (await call(second, 'GET', '/v1/health')).status;
      told.found = existsSync(disk + '/data/server.json');
      told.backups = (await call(second, 'GET', '/v1/backups')).body.total;
      await second.close();
    `);
    expect(told).toEqual({ free: 0, health: 200, found: true, backups: 0 });
  });

  testOnSmallDisk(
    'a start that has no room even for what SQLite keeps in memory says what to do [B1]',
    () => {
      const told = run(`
      await (await start()).close();
      rmSync(disk + '/data/disk.reserve', { force: true });
      fill();
      const { truncateSync, statSync } = await import('node:fs');
      told.starts = [];
      for (const free of [12_288, 0]) {
        truncateSync(disk + '/filler', Math.floor(statSync(disk + '/filler').size / 4096) * 4096 - free);
        const server = await start().catch((error) => void told.starts.push([error.code, error.message]));
        await server?.close();
      }
      rmSync(disk + '/filler');
      const after = await start();
      told.health = (await call(after, 'GET', '/v1/health')).status;
      await after.close();
    `);
      const starts = z.array(z.tuple([z.string(), z.string()])).parse(told.starts);
      expect(starts.length).toBeGreaterThan(0);
      for (const [code, message] of starts) {
        expect(['unavailable', 'storage_full']).toContain(code);
        expect(message).toMatch(/free some space/);
      }
      expect(told.health).toBe(200);
    },
  );

  testOnSmallDisk('an upload that has no room is refused before a byte is sent', () => {
    const told = run(`
      const server = await start();
      const { status, body } = await call(server, 'POST', '/v1/uploads', { bytes: 100 * 1024 * 1024 });
      told.refused = [status, body.code, body.detail];
      const half = Math.floor(free() * 0.6 / (1024 * 1024)) * 1024 * 1024;
      told.one = (await call(server, 'POST', '/v1/uploads', { bytes: half })).status;
      told.two = (await call(server, 'POST', '/v1/uploads', { bytes: half })).body.code;
      await server.close();
    `);
    expect(told).toEqual({
      refused: [507, 'storage_full', expect.stringMatching(/104857600 bytes.*free/)],
      one: 201,
      two: 'storage_full',
    });
  });
});
