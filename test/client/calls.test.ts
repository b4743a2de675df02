/**
 * Checks that each call of lib/client matches a route of the API, with a query and a body that the route
 * accepts.
 */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { LONGEST_PAGE } from '../../lib/client/call.ts';
import * as backups from '../../lib/client/calls/backups.ts';
import { MAX_PAGE } from '../../lib/model/requests/page.ts';
import { calls, eachCall, modules, routeOf } from './every-call.ts';

const keysOf = (schema: unknown): string[] =>
  typeof schema === 'object' && schema !== null && 'shape' in schema
    ? Object.keys(schema.shape as object)
    : [];

describe('a call of lib/client [U11]', () => {
  test('is held against its route, each of them', () => {
    for (const [room, of] of Object.entries(modules))
      expect(Object.keys(calls[room as keyof typeof calls]).sort()).toEqual(Object.keys(of).sort());
  });

  test.each(eachCall)('%s is a request that the API takes', (_, call) => {
    const route = routeOf(call);
    expect({ route: route?.operationId, call: `${call.method} ${call.path}` }).toMatchObject({
      route: expect.any(String),
    });
    if (route === undefined) return;
    expect(keysOf(route.query)).toEqual(expect.arrayContaining(Object.keys(call.query ?? {})));
    const taken = ['authorization', ...(route.takes ?? []).map((name) => name.toLowerCase())];
    expect(taken).toEqual(expect.arrayContaining(Object.keys(call.headers ?? {})));
    if (call.body === undefined) return;
    expect(route.body).toBeDefined();
    const fields = keysOf(route.body);
    if (fields.length > 0) expect(fields).toEqual(expect.arrayContaining(Object.keys(call.body ?? {})));
  });

  test.each(eachCall)('%s is sent again only where that does nothing twice', (_, call) => {
    const isStart = call.headers?.['idempotency-key'] !== undefined;
    const isTicket = call.path.includes('/parts/');
    expect(call.repeatable).toBe(call.method === 'GET' || isStart || isTicket);
    expect(routeOf(call)?.takes?.includes('Idempotency-Key') ?? false).toBe(isStart);
  });
});

test('no command of the command line and no screen of the page names a path of the API itself [U11]', () => {
  const files = globSync('lib/{cli,console}/**/*.{ts,tsx}', { cwd: new URL('../..', import.meta.url) });
  expect(files.length).toBeGreaterThan(200);
  const naming = files.filter((file) =>
    /[`'"]\/v1\/[a-z]/.test(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')),
  );
  expect(naming).toEqual([]);
});

test('a page of the client is as long as one of the API may be', () => {
  expect(LONGEST_PAGE).toBe(MAX_PAGE);
});

test('an operation that is begun without a key gets a new one, a UUID [B16]', () => {
  const keys = [1, 2].map(() => backups.create({}).headers?.['idempotency-key']);
  for (const key of keys)
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(keys[0]).not.toBe(keys[1]);
});
