import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { eventually } from '../../contract/eventually.ts';
import { Installation } from '../installation.ts';

let here: Installation;
let api: Api;
beforeAll(async () => {
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  api = here.api;
});
afterAll(() => here.close());

/** Routes that need another secret instead of a token. */
const wrongSecrets: Readonly<Record<string, object>> = {
  '/v1/sign-in': { name: 'nobody', password: 'a-password-of-nobody' },
  '/v1/issuer-sign-in': { issuer: 'nobody', page: 'https://holdfast.example.com/console/' },
  '/v1/issuer-session': { page: 'https://holdfast.example.com/console/', answer: '?code=a&state=nobody.b' },
  '/v1/invitations': { invitation: 'of-nobody', password: 'a-password-of-nobody' },
};
const uuid = '0d0525dd-948a-41b4-9f25-c6b4cd6d9fe4';

describe('who may ask [U12] [T2]', () => {
  test('no path and method of the OpenAPI document answers without a token of this installation; health and probes do', async () => {
    const { paths } = (await api.get('/v1/openapi.json')).body;
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(Object(methods)).map((method) => [method.toUpperCase(), path] as const),
    );
    expect(all.length).toBeGreaterThan(30);
    const open: string[] = [];
    for (const [method, path] of all)
      for (const token of [null, 'hft_wrong', `${api.token}x`]) {
        const own = path.replace('{id}', `backup-${uuid}`).replace('{number}', '1');
        const { status, body, text } = await api.call(method, own, { token, body: wrongSecrets[path] });
        if (status === 200) open.push(`${method} ${path}`);
        // These routes are open only when the configuration enables them or names an issuer.
        else if (path === '/metrics' || path === '/v1/issuer-sign-in')
          expect([status, body.code]).toEqual([404, 'not_found']);
        else
          expect([method, path, status, body?.code, text]).toEqual([method, path, 401, 'unauthorized', text]);
      }
    expect(new Set(open)).toEqual(
      new Set(['GET /v1/health', 'GET /livez', 'GET /readyz', 'GET /v1/issuers']),
    );
  }, 30_000);

  test.each([
    '/v1/backups',
    '/v1/status',
    '/v1/components',
    '/v1/openapi.json',
    '/v1/restores',
    `/v1/backups/x-${uuid}/file`,
    '/nowhere',
  ])('%s does not answer without a token', async (path) => {
    for (const token of [null, 'hft_wrong', '']) {
      const { status, body, headers } = await api.get(path, { token });
      expect([status, body.code]).toEqual([401, 'unauthorized']);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  test('health answers anyone', async () => {
    expect((await api.get('/v1/health', { token: null })).body).toMatchObject({ status: 'ok' });
  });

  test('a token of another installation is of no use here', async () => {
    const other = await Installation.start();
    expect((await api.get('/v1/backups', { token: other.api.token })).status).toBe(401);
    await other.close();
  });
});

describe('a bad request gets a sentence, never a 500 [U11]', () => {
  const create = (body: unknown, headers?: Record<string, string>) =>
    api.post('/v1/backups', body, headers ? { headers } : {});

  test.each([['ab'], ['..label'], ['a label'], ['this-label-is-too-long-by-1'], ['läbel'], ['']])(
    'the label %j: the rule is told [D1]',
    async (label) => {
      const { status, body } = await create({ label });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
      expect(body.detail).toContain('3 to 25 characters of A-Z a-z 0-9 _ . -');
      expect(body.errors).toEqual([{ path: 'label', message: expect.any(String) }]);
    },
  );

  test.each([
    [{ label: 7 }, 'label'],
    [{ overwrite: 'yes' }, 'overwrite'],
    [{ components: 'files' }, 'components'],
    [{ components: [] }, 'components'],
    [{ passphrase: 'too-short' }, '12 to 1024'],
    [{ passphrase: ' '.repeat(12) }, 'white space alone'],
    [{ passphrase: 'correct horse battery\n' }, 'begin or end with white space'],
    [{ passphrase: 'correct horse\0battery' }, 'control characters'],
    [{ passphrase: 'cafe\u0301 cafe\u0301 cafe' }, 'NFC'],
    [{ colour: 'red', size: 2 }, 'colour'],
    [{ fileName: '../up.tar' }, 'file name'],
    [{ fileName: '/abs.tar' }, 'file name'],
    [{ passphrase: 'long enough for it', tiedToHsm: true }, 'exclude each other'],
    [{ scope: 'domain', tiedToHsm: true }, 'HSM'],
    [{ filters: [{ resourceType: 'Keys' }] }, 'scope domain'],
    [{ logFileName: 'x.log' }, 'includeLogs'],
    ['{"label": "one", "label": "two"}', 'label: duplicate key'],
    [
      '{"filters": [{"resourceType": "x", "resourceQuery": {"a": 1, "b": [], "\\u0061": 2}}]}',
      'duplicate key',
    ],
    [`{"filters": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'nested deeper than 64'],
    [{ components: [] }, 'has 0 entries, and must have at least 1'],
    [{ description: 'x'.repeat(1001) }, 'has 1001 characters, and may have at most 1000'],
    [{ domain: '' }, 'domain: is empty'],
    [{ overwrite: 'yes' }, 'must be true or false'],
    ['{"__proto__": {"overwrite": true}}', '"__proto__"'],
    ['{"filters": [{"resourceType": "x", "resourceQuery": {"a": {"__proto__": 1}}}]}', '"__proto__"'],
    [[], 'object'],
    ['"text"', 'object'],
    ['null', 'object'],
  ])('%j', async (body, told) => {
    const answer = await create(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.detail).toContain(told);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  const RULE = 'a file name is 1 to 200 bytes of UTF-8';
  test.each([
    ['200 letters of two bytes', 'é'.repeat(200)],
    ['201 bytes', `${'é'.repeat(100)}x`],
    ['half a character', 'half \ud83d.tar'],
    ['a turn of direction', 'invoice\u202egpj.tar'],
    ['an isolated direction', '\u2066x.tar'],
    ['a line end of Unicode', 'a\u2028b.tar'],
    ['a control character above ASCII', 'a\u0085b.tar'],
    ['a hidden name', '.hidden'],
    ['nothing', ''],
  ])('a file name of %s: the rule is told, for backups, logs and uploads [U5]', async (_, fileName) => {
    for (const answer of [
      await create({ fileName }),
      await create({ includeLogs: true, logFileName: fileName }),
      await api.post('/v1/uploads', { bytes: 9, fileName }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
      expect(answer.body.detail).toContain(RULE);
    }
  });

  test('each unknown field is an error of its own, and of very many the first ones are told', async () => {
    const few = await create({ colour: 'red', size: 2 });
    expect(few.body.errors.map(({ path }: { path: string }) => path)).toEqual(['colour', 'size']);
    const many = await create(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`field${n}`, n])));
    expect([many.status, many.body.errors.length]).toEqual([400, 20]);
    expect(many.text.length).toBeLessThan(20_000);
  });

  test('numbers of a query are told of as numbers', async () => {
    const { status, body } = await api.get('/v1/backups?limit=1001&skip=-1');
    expect([status, body.errors]).toEqual([
      400,
      [
        { path: 'skip', message: 'a whole number' },
        { path: 'limit', message: 'is 1001, and may be at most 1000' },
      ],
    ]);
  });

  test('a key that is no id: the sentence says what an id is, and no pattern', async () => {
    const { status, body } = await create({ keyId: 'my key' });
    expect([status, body.detail]).toEqual([400, expect.stringContaining('a label, "-" and a UUID')]);
    expect(body.detail).not.toContain('/^');
  });

  test('a log of the name of its archive, which it would replace [U7]', async () => {
    const { status, body } = await create({ fileName: 'a.tar', includeLogs: true, logFileName: 'a.tar' });
    expect([status, body.detail]).toEqual([
      400,
      expect.stringContaining('is the same as fileName, the name of the archive'),
    ]);
  });

  test('an unknown component: the known ones are named', async () => {
    const { status, body } = await create({ components: ['files', 'nope'] });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.detail).toMatch(/"nope".*files/);
  });

  test('malformed JSON, a wrong content type, a body over 1 MB', async () => {
    const malformed = await create('{"label": ');
    expect([malformed.status, malformed.body.code]).toEqual([400, 'invalid_request']);
    const xml = await create('<label/>', { 'content-type': 'text/xml' });
    expect([xml.status, xml.body.code]).toEqual([415, 'unsupported_media_type']);
    const zipped = await create('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    expect([zipped.status, zipped.body.code]).toEqual([415, 'unsupported_media_type']);
    const latin = await create('{}', { 'content-type': 'application/json; charset=iso-8859-1' });
    expect([latin.status, latin.body.code]).toEqual([415, 'unsupported_media_type']);
    const quoted = await create('{"label": ', { 'content-type': 'application/json; charset="UTF-8"' });
    expect([quoted.status, quoted.body.code]).toEqual([400, 'invalid_request']);
    const large = await create({ description: 'x'.repeat(1_100_000) });
    expect([large.status, large.body.code]).toEqual([413, 'body_too_large']);
    const notUtf8 = await create(new Uint8Array([0x7b, 0xff, 0x7d]));
    expect([notUtf8.status, notUtf8.body.code]).toEqual([400, 'invalid_request']);
  });

  test.each([
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    'x',
    `backup-${uuid}`,
    `..x-${uuid}`,
    '%00',
    '%zz',
    'a'.repeat(5000),
  ])('the id %s is as unknown as any other', async (id) => {
    for (const path of [
      `/v1/backups/${id}`,
      `/v1/backups/${id}/contents`,
      `/v1/backups/${id}/log`,
      `/v1/restores/${id}`,
      `/v1/backups/${id}/file`,
    ]) {
      const { status, body } = await api.get(path);
      expect([path, status, body.code]).toEqual([path, 404, 'not_found']);
    }
    expect((await api.delete(`/v1/backups/${id}`)).status).toBe(404);
    expect((await api.post(`/v1/operations/${id}/cancel`)).status).toBe(404);
  });

  test('a path with ../ sent as it is, unknown query fields, a wrong method', async () => {
    const raw = await new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      httpRequest(
        {
          hostname,
          port,
          path: '/v1/backups/../../etc/passwd',
          headers: { authorization: `Bearer ${api.token}` },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(raw).toBe(404);
    const query = await api.get('/v1/backups?colour=red');
    expect([query.status, query.body.detail]).toEqual([400, expect.stringContaining('colour')]);
    expect((await api.get('/v1/backups?limit=-1')).status).toBe(400);
    expect((await api.call('PUT', '/v1/backups', { body: {} })).status).toBe(405);
  });

  test('nothing of this was logged as a failure of the server, and nothing was started', async () => {
    expect(here.log).not.toMatch(/"level":"error"/);
    expect((await api.get('/v1/backups')).body.total).toBe(0);
  });
});

describe('what a request may not carry is refused by name [U11]', () => {
  test('a body where the route takes none; an empty object is none', async () => {
    for (const path of [`/v1/backups/x-${uuid}/download`, `/v1/operations/x-${uuid}/cancel`]) {
      const { status, body } = await api.post(path.replace('x-', 'xyz-'), { colour: 1 });
      expect([path, status, body.detail]).toEqual([path, 400, expect.stringContaining('"colour"')]);
      expect((await api.post(path.replace('x-', 'xyz-'), {})).status).toBe(404);
    }
    const erased = await api.call('DELETE', `/v1/backups/xyz-${uuid}`, { body: { force: true } });
    expect([erased.status, erased.body.detail]).toEqual([400, expect.stringContaining('"force"')]);
  });

  test('a name twice in a query', async () => {
    const { status, body } = await api.get('/v1/backups?limit=1&limit=2');
    expect([status, body.detail]).toEqual([400, expect.stringContaining('it has "limit" twice')]);
  });

  test.each([[''], ['x'.repeat(7000)], ['a\tb']])('the Idempotency-Key %j', async (key) => {
    const headers = { 'idempotency-key': key };
    for (const path of ['/v1/backups', `/v1/backups/xyz-${uuid}/restores`]) {
      const { status, body } = await api.post(path, {}, { headers });
      expect([path, status, body.detail]).toEqual([path, 400, expect.stringContaining('1 to 255')]);
    }
  });

  test('a method that a path does not take: Allow names those it takes', async () => {
    for (const [method, path, allowed] of [
      ['PUT', '/v1/backups', 'POST, GET, HEAD'],
      ['PUT', `/v1/backups/xyz-${uuid}`, 'GET, DELETE, HEAD'],
      ['DELETE', `/v1/backups/xyz-${uuid}/file`, 'GET, HEAD'],
      ['GET', `/v1/uploads/xyz-${uuid}/parts/1`, 'PUT, POST'],
    ] as const) {
      const { status, headers } = await api.call(method, path);
      expect([path, status, headers.get('allow')]).toEqual([path, 405, allowed]);
    }
  });
});

describe('every request is answered', () => {
  /** Sends bytes that no client library would send, and reads the whole answer. */
  const raw = (...lines: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
      socket.on('data', (text) => {
        answer += text;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  const asked = [`Host: here`, 'Connection: close'];

  test.each(['//[', 'http://', 'http://[/v1/health'])('the target %s names no path', async (target) => {
    const answer = await raw(`GET ${target} HTTP/1.1`, ...asked);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toContain('"code":"invalid_request"');
  });

  test('the absolute form, which proxies send, is understood', async () => {
    expect(await raw('GET http://here/v1/health HTTP/1.1', ...asked)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw('GET //here/v1/health HTTP/1.1', ...asked)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('HEAD is answered as GET is, without the body', async () => {
    for (const [path, status] of [
      ['/v1/health', 200],
      ['/v1/backups', 200],
      ['/v1/nothing', 404],
    ] as const) {
      const answer = await api.call('HEAD', path);
      expect([path, answer.status, answer.text]).toEqual([path, status, '']);
    }
  });

  test('a stranger is refused by the headers: the body is not waited for, and nothing of it is kept [U12]', async () => {
    const { hostname, port } = new URL(api.url);
    const residentMegabytes = (): number => {
      const status = readFileSync(`/proc/${here.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    };
    const before = residentMegabytes();
    const sockets = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = connect(Number(port), hostname);
        const answered = new Promise<string>((resolve, reject) => {
          socket.once('data', (text) => resolve(String(text)));
          socket.once('error', reject);
        });
        socket.write(
          `POST /v1/backups HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(900_000, 0x20));
        return { socket, answered };
      }),
    );
    // No client sends its whole body, and all keep their connections open.
    for (const { answered } of sockets) expect(await answered).toMatch(/^HTTP\/1\.1 401 /);
    // The bodies together announce 270 MB. The next garbage collection frees what was read before the refusal.
    await eventually('their bodies are not kept', async () => {
      await api.call('GET', '/v1/health', { token: null });
      return residentMegabytes() - before < 100 || undefined;
    });
    for (const { socket } of sockets) socket.destroy();
    // The open route also takes no body.
    const health = await api.call('GET', '/v1/health', { token: null });
    expect(health.status).toBe(200);
    expect(await raw('GET /v1/health HTTP/1.1', ...asked, 'Content-Length: 5', '', '{"a":')).toMatch(
      /^HTTP\/1\.1 (200|4\d\d) /,
    );
  });

  test('a caller that goes away in mid-body is no error of the server', async () => {
    const { hostname, port } = new URL(api.url);
    for (const path of ['/v1/backups', `/v1/uploads/xyz-${uuid}/parts/1`])
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          const method = path.includes('parts') ? 'PUT' : 'POST';
          const head = [`${method} ${path} HTTP/1.1`, 'Host: here', `Authorization: Bearer ${api.token}`];
          socket.write(`${[...head, 'Content-Length: 1000'].join('\r\n')}\r\n\r\n{"label`, () =>
            socket.resetAndDestroy(),
          );
        });
        socket.on('close', () => resolve());
      });
    expect((await api.get('/v1/health')).status).toBe(200);
    expect(here.log).not.toMatch(/"level":"error"/);
  });

  test('with headers that keep it from being kept or taken for another type, whoever answers', async () => {
    for (const path of ['/v1/health', '/v1/nothing', `/v1/backups/xyz-${uuid}/file`]) {
      const { headers } = await api.get(path);
      expect([path, headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        path,
        'no-store',
        'nosniff',
      ]);
    }
  });
});

test('components are listed by pages, as all lists are', async () => {
  expect((await api.get('/v1/components')).body).toMatchObject({
    skip: 0,
    limit: 10,
    total: 1,
    resources: [{ id: 'files' }],
  });
  expect((await api.get('/v1/components?skip=1&limit=5')).body).toEqual({
    skip: 1,
    limit: 5,
    total: 1,
    resources: [],
  });
  expect((await api.get('/v1/components?limit=1001')).status).toBe(400);
});

test('the OpenAPI document lists every route, with its schemas', async () => {
  const { body } = await api.get('/v1/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([
      '/v1/backups',
      '/v1/backups/{id}',
      '/v1/backups/{id}/contents',
      '/v1/backups/{id}/restores',
      '/v1/backups/{id}/file',
      '/v1/uploads/{id}/parts/{number}',
      '/v1/operations/{id}/cancel',
      '/v1/status',
    ]),
  );
  const schemaOf = ({ content }: { content: Record<string, { schema: { $ref: string } }> }) =>
    body.components.schemas[content['application/json']?.schema.$ref.split('/').at(-1) ?? ''].properties;
  expect(schemaOf(body.paths['/v1/backups'].post.requestBody)).toHaveProperty('includeLogs');
  const page = schemaOf(body.paths['/v1/backups'].get.responses['200']);
  expect(page.resources.items).toEqual({ $ref: '#/components/schemas/Backup' });
  expect(body.components.schemas.Backup.properties).toHaveProperty('sha256');
});
