/** The connection of `holdfast/client`, with a server whose answers each test chooses. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { audit, backups, type Connection, connect, keys, Problem } from '../../lib/client/index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answer: Answer;
let asked: IncomingMessage[] = [];
const server = createServer((request, response) => {
  asked.push(request);
  answer(request, response);
});
let url: string;
let holdfast: Connection;
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  holdfast = connect(`${url}/`, { token: 'hft_x', backupToken: 'hfb_y' });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answers = (next: Answer): void => {
  asked = [];
  answer = next;
};
const json = (response: ServerResponse, status: number, value: object): void => {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value));
};
const id = 'backup-01890a5d-ac96-774b-bcce-b302099a8057';

describe('a connection of the client [U11]', () => {
  test('sends the token, and a start whose answer was lost again under the same key [B16]', async () => {
    answers((_, response) => {
      if (asked.length === 1) response.destroy();
      else json(response, 202, { id, state: 'IN_PROGRESS' });
    });
    await expect(holdfast.ask(backups.create({ label: 'night' }))).resolves.toMatchObject({ id });
    expect(asked.map(({ url: path }) => path)).toEqual(['/v1/backups', '/v1/backups']);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer hft_x', 'Bearer hft_x']);
    expect(asked[1]?.headers['holdfast-backup-token']).toBe('hfb_y');
    const [first, second] = asked.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
  });

  test('sends what would be done twice once', async () => {
    answers((_, response) => response.destroy());
    const lost = holdfast.ask(keys.create({ default: true }));
    await expect(lost).rejects.toMatchObject({ name: 'Problem', status: 0 });
    expect(asked).toHaveLength(1);
  });

  test('throws a refusal as a Problem, with its code and details', async () => {
    answers((_, response) =>
      json(response, 409, { code: 'operation_running', detail: 'another one runs', operation: { id } }),
    );
    const refused = await holdfast.ask(backups.create({})).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(Problem);
    expect(refused).toMatchObject({
      ...{ status: 409, code: 'operation_running', message: 'another one runs' },
      details: { operation: { id } },
    });
  });

  test('does not follow a redirect with the token', async () => {
    answers((_, response) => response.writeHead(302, { location: `${url}/elsewhere` }).end());
    await expect(holdfast.ask(backups.show(id))).rejects.toMatchObject({ status: 302 });
    expect(asked).toHaveLength(1);
  });

  test('goes through a list page by page, and reads text as text', async () => {
    answers(({ url: path = '' }, response) => {
      if (path.startsWith('/v1/audit')) response.writeHead(200, { 'content-type': 'text/plain' }).end('rows');
      else {
        const skip = Number(new URL(path, url).searchParams.get('skip'));
        const resources = Array.from({ length: Math.min(1000, 1500 - skip) }, (_, at) => ({ id: skip + at }));
        json(response, 200, { skip, limit: 1000, total: 1500, resources });
      }
    });
    let seen = 0;
    for await (const backup of holdfast.every(backups.list)) expect(backup.id).toBe(seen++);
    expect([seen, asked.length]).toEqual([1500, 2]);
    await expect(holdfast.ask(audit.exported())).resolves.toBe('rows');
  });

  test('waits for the end of an operation', async () => {
    answers((_, response) =>
      json(response, 200, { id, state: asked.length < 3 ? 'IN_PROGRESS' : 'PARTIAL' }),
    );
    const begun = await holdfast.ask(backups.show(id));
    await expect(holdfast.ended(begun, backups.show)).resolves.toMatchObject({ state: 'PARTIAL' });
    expect(asked).toHaveLength(3);
  });

  test('gives up after its time, and at once when it is told to', async () => {
    answers(() => undefined);
    const hasty = connect(url, { token: 'hft_x', timeoutSeconds: 0.05 });
    await expect(hasty.ask(keys.create({}))).rejects.toMatchObject({ status: 0, code: 'unreachable' });
    const ends = new AbortController();
    const waiting = connect(url, { token: 'hft_x', signal: ends.signal }).ask(backups.show(id));
    ends.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
