/** Downloads of archives over HTTP: ranges, and headers that all clients understand. */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Installation } from '../installation.ts';

let here: Installation;
let path: string;
let bytes: Buffer;
const file = (headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${here.api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${here.api.token}`, ...headers },
  });

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  await writeFile(here.path('source', 'a.txt'), 'alpha');
  const { id } = await here.api.backup({ fileName: `it's (one)*.tar` });
  path = `/v1/backups/${id}/file`;
  bytes = Buffer.from(await (await file()).arrayBuffer());
});
afterAll(() => here.close());

test('a resumed download gets the rest of the same archive, and all of another one [T4] [C11]', async () => {
  const etag = (await file({}, 'HEAD')).headers.get('etag') ?? '';
  const rest = await file({ range: 'bytes=100-', 'if-range': etag });
  expect([rest.status, rest.headers.get('content-range')]).toEqual([
    206,
    `bytes 100-${bytes.length - 1}/${bytes.length}`,
  ]);
  expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(100))).toBe(true);
  for (const other of ['"another"', 'Sun, 29 Nov 2026 00:00:00 GMT']) {
    const whole = await file({ range: 'bytes=100-', 'if-range': other });
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  }
});

test('a part of it is served as asked for, cut off at the end [C11]', async () => {
  const part = async (range: string): Promise<[number, string | null, Buffer]> => {
    const answer = await file({ range });
    return [answer.status, answer.headers.get('content-range'), Buffer.from(await answer.arrayBuffer())];
  };
  const size = bytes.length;
  expect(await part('bytes=0-0')).toEqual([206, `bytes 0-0/${size}`, bytes.subarray(0, 1)]);
  expect(await part('bytes=700-1299')).toEqual([206, `bytes 700-1299/${size}`, bytes.subarray(700, 1300)]);
  const end = `bytes ${size - 5}-${size - 1}/${size}`;
  expect(await part(`bytes=${size - 5}-${size + 99}`)).toEqual([206, end, bytes.subarray(-5)]);
  for (const range of ['bytes=5-4', 'bytes=-5', 'bytes=0-1,5-6'])
    expect(await part(range)).toEqual([200, null, bytes]);
});

test('a range behind the end is told as such, with the size', async () => {
  for (const from of [bytes.length, 10 ** 15]) {
    const answer = await file({ range: `bytes=${from}-` });
    const { code } = Object(await answer.json());
    expect([answer.status, code, answer.headers.get('content-range')]).toEqual([
      416,
      'range_not_satisfiable',
      `bytes */${bytes.length}`,
    ]);
  }
});

test("the file's name is encoded as RFC 8187 asks for", async () => {
  const disposition = (await file({}, 'HEAD')).headers.get('content-disposition');
  expect(disposition).toBe("attachment; filename*=UTF-8''it%27s%20%28one%29%2A.tar");
});
