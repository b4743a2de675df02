/** Requests that wait for a change, over real HTTP to a server in a separate process. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeSlowFile, writeTree } from '../../cases/files.ts';
import { Installation } from '../../cases/installation.ts';
import { makePerson, PAGE, signInPerson } from '../../cases/people.ts';
import { deadlineIn } from '../../deadline.ts';

let here: Installation;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => ({
      domains: ['root', 'north'],
      components: [
        { id: 'quick', kind: 'directory', path: `${folder}/source`, domain: 'north' },
        { id: 'slow', kind: 'directory', path: `${folder}/slow` },
      ],
    }),
  });
  await writeTree(here.path('source'), { 'a.txt': 'alpha' });
  await writeSlowFile(here.path('slow', 'zeros'));
});
afterAll(() => here.close());

interface Asked {
  readonly seconds: number;
  readonly tag: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The answer to a waiting request, and the time it took. */
const wait = async ({ seconds, tag, headers, signal }: Asked) => {
  const began = performance.now();
  const answer = await fetch(`${here.api.url}/v1/status`, {
    headers: {
      prefer: `wait=${seconds}`,
      'if-none-match': tag,
      ...(headers ?? { authorization: `Bearer ${here.api.token}` }),
    },
    ...(signal !== undefined && { signal }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    tag: answer.headers.get('etag') ?? '',
    applied: answer.headers.get('preference-applied'),
    body: text === '' ? undefined : JSON.parse(text),
    milliseconds: performance.now() - began,
  };
};
type Waited = Awaited<ReturnType<typeof wait>>;

/** The present tag, after it has not changed for a while. */
const settledTag = async (headers?: Readonly<Record<string, string>>): Promise<string> => {
  const deadline = deadlineIn(30_000);
  for (let tag = ''; !deadline.isOver; ) {
    const next = await wait({ seconds: 1, tag, ...(headers !== undefined && { headers }) });
    if (next.status === 304) return next.tag;
    tag = next.tag;
  }
  throw new Error('the status does not come to rest');
};

/** Whether the request is still waiting after this time. */
const isOpenAfter = async (waited: Promise<unknown>, milliseconds: number): Promise<boolean> =>
  Promise.race([
    waited.then(() => false),
    new Promise<boolean>((after) => setTimeout(after, milliseconds, true)),
  ]);

const newToken = async (): Promise<{ id: string; token: string }> =>
  (await here.api.post('/v1/tokens', { name: 'waits', role: 'auditor' })).body;

describe('a wait for a change [U10]', () => {
  test('ends within a moment of the change, with what is so now', async () => {
    const tag = await settledTag();
    const waited = wait({ seconds: 25, tag });
    expect(await isOpenAfter(waited, 700)).toBe(true);
    const { body } = await here.api.post('/v1/backups', { components: ['slow'] });
    const began = performance.now();
    const answer = await waited;
    expect(performance.now() - began).toBeLessThan(5_000);
    expect([answer.status, answer.applied, answer.body.operation?.id]).toEqual([200, 'wait=25', body.id]);
    expect(answer.tag).not.toBe(tag);
    // Progress, such as bytes read, also counts as a change.
    const { records, progress } = answer.body.changed;
    const deadline = deadlineIn(30_000);
    let next: Waited = answer;
    while (!deadline.isOver && (next.body === undefined || next.body.changed.progress === progress))
      next = await wait({ seconds: 5, tag: next.tag });
    expect(next.body.changed.progress).not.toBe(progress);
    await here.api.post(`/v1/operations/${body.id}/cancel`);
    await here.api.ended(`/v1/backups/${body.id}`);
    expect((await here.api.get('/v1/status')).body.changed.records).not.toBe(records);
  });

  test('ends with 304 when the time is over, and an outdated tag is answered within a moment', async () => {
    const tag = await settledTag();
    const answer = await wait({ seconds: 1, tag });
    expect([answer.status, answer.tag, answer.applied, answer.body]).toEqual([304, tag, 'wait=1', undefined]);
    expect(answer.milliseconds).toBeGreaterThan(900);
    const old = await wait({ seconds: 25, tag: '"another"' });
    expect([old.status, old.tag, old.milliseconds < 5_000]).toEqual([200, tag, true]);
    expect((await wait({ seconds: 0, tag })).applied).toBeNull();
    // A proxy that compresses makes the tag weak.
    expect((await wait({ seconds: 0, tag: `"x", W/${tag}` })).status).toBe(304);
    expect((await wait({ seconds: 0, tag: '' })).status).toBe(200);
  });

  test('answers who asks again and again twice a second at most, however much happens', async () => {
    let isOver = false;
    const busy = (async () => {
      while (!isOver) await newToken();
    })();
    const began = performance.now();
    let { tag } = await wait({ seconds: 0, tag: '' });
    for (let count = 0; count < 6; count += 1) tag = (await wait({ seconds: 25, tag })).tag;
    const lasted = performance.now() - began;
    isOver = true;
    await busy;
    expect(lasted).toBeGreaterThan(6 * 450);
  });

  test('ends with 401 as soon as the token is revoked, or somebody signs out', async () => {
    const { id, token } = await newToken();
    const bearer = { authorization: `Bearer ${token}` };
    await makePerson(here.api, 'ada');
    const cookie = await signInPerson(here.api, 'ada');
    const signedIn = wait({ seconds: 25, tag: await settledTag({ cookie }), headers: { cookie } });
    expect(await isOpenAfter(signedIn, 700)).toBe(true);
    await here.api.delete('/v1/sessions/current', { token: null, headers: { cookie, ...PAGE } });
    expect((await signedIn).status).toBe(401);
    const tag = await settledTag(bearer);
    const revoked = wait({ seconds: 25, tag, headers: bearer });
    expect(await isOpenAfter(revoked, 700)).toBe(true);
    await here.api.delete(`/v1/tokens/${id}`);
    const answer = await revoked;
    expect([answer.status, answer.body.code, answer.applied]).toEqual([401, 'unauthorized', null]);
  });

  test('tells somebody of one domain when a backup of it runs, and not when anybody else works', async () => {
    const grants = { name: 'north', role: 'operator', domain: 'north' };
    const { token } = (await here.api.post('/v1/tokens', grants)).body;
    const bearer = { authorization: `Bearer ${token}` };
    const tag = await settledTag(bearer);
    const waited = wait({ seconds: 25, tag, headers: bearer });
    await newToken();
    expect(await isOpenAfter(waited, 1_000)).toBe(true);
    const { body } = await here.api.post('/v1/backups', { components: ['quick'] });
    const answer = await waited;
    expect([answer.status, answer.body.changed]).toEqual([200, null]);
    await here.api.ended(`/v1/backups/${body.id}`);
  });

  test('has at most twenty places for one, and whoever goes away frees theirs', async () => {
    const { token } = await newToken();
    const headers = { authorization: `Bearer ${token}` };
    const tag = await settledTag(headers);
    const leaving = new AbortController();
    const waits = Array.from({ length: 20 }, () =>
      wait({ seconds: 25, tag, headers, signal: leaving.signal }).catch(() => undefined),
    );
    const deadline = deadlineIn(20_000);
    const nextOne = () => wait({ seconds: 1, tag, headers });
    let beyond = await nextOne();
    while (beyond.applied !== null && !deadline.isOver) beyond = await nextOne();
    expect([beyond.status, beyond.applied]).toEqual([304, null]);
    // A different client still waits.
    const ofOther = await wait({ seconds: 1, tag: await settledTag() });
    expect([ofOther.status, ofOther.applied]).toEqual([304, 'wait=1']);
    leaving.abort();
    await Promise.all(waits);
    while (beyond.applied === null && !deadline.isOver) beyond = await nextOne();
    expect([beyond.status, beyond.applied]).toEqual([304, 'wait=1']);
  });

  test('does not keep the server from stopping, and goes on at the next one with the tag of before', async () => {
    const tag = await settledTag();
    const waited = wait({ seconds: 25, tag });
    expect(await isOpenAfter(waited, 700)).toBe(true);
    const began = performance.now();
    const [answer] = await Promise.all([waited, here.end('SIGTERM')]);
    expect([answer.status, answer.tag]).toEqual([304, tag]);
    expect(answer.milliseconds).toBeLessThan(5_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    await here.startServer();
    const resumed = await wait({ seconds: 25, tag });
    expect(resumed.status).toBe(200);
    expect(resumed.milliseconds).toBeLessThan(5_000);
  });
});
