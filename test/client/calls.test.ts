/** The calls of lib/client, held against the routes: each is one that the API has, with a query and a body that it takes. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { everyRoute } from '../../lambdas/api-handlers.ts';
import type { DescribedRoute } from '../../lib/api/route.ts';
import { byteRoutes } from '../../lib/api/routes/bytes.ts';
import { type Call, LONGEST_PAGE } from '../../lib/client/call.ts';
import * as access from '../../lib/client/calls/access.ts';
import * as approvals from '../../lib/client/calls/approvals.ts';
import * as audit from '../../lib/client/calls/audit.ts';
import * as backups from '../../lib/client/calls/backups.ts';
import * as installation from '../../lib/client/calls/installation.ts';
import * as keys from '../../lib/client/calls/keys.ts';
import * as notices from '../../lib/client/calls/notices.ts';
import * as people from '../../lib/client/calls/people.ts';
import * as restores from '../../lib/client/calls/restores.ts';
import * as schedules from '../../lib/client/calls/schedules.ts';
import * as sessions from '../../lib/client/calls/sessions.ts';
import * as uploads from '../../lib/client/calls/uploads.ts';
import { MAX_PAGE } from '../../lib/model/requests/page.ts';

const modules = {
  access,
  approvals,
  audit,
  backups,
  installation,
  keys,
  notices,
  people,
  restores,
  schedules,
  sessions,
  uploads,
};

const id = 'backup-01890a5d-ac96-774b-bcce-b302099a8057';
const by = { approval: id, breakGlass: 'the house burns' };
const paging = { skip: 10, limit: 20 };
const password = 'befit-brakeman-footstep-unclasp';
const entry = { component: 'files', path: 'a/b' } as Parameters<typeof backups.archivedFile>[1];

/** Each call with all that it can be given. */
const calls: {
  readonly [M in keyof typeof modules]: { readonly [F in keyof (typeof modules)[M]]: Call<unknown> };
} = {
  access: {
    tokens: access.tokens(paging),
    token: access.token(id),
    createToken: access.createToken({ name: 'ci', role: 'operator' } as never),
    revokeToken: access.revokeToken(id, { children: true }),
    domains: access.domains(paging),
    domain: access.domain('eu'),
    createDomain: access.createDomain('eu'),
    eraseDomain: access.eraseDomain('eu', true),
  },
  approvals: {
    list: approvals.list(paging),
    show: approvals.show(id),
    approve: approvals.approve(id, { digest: 'a'.repeat(64) } as never),
    reject: approvals.reject(id, { reason: 'no' }),
    withdraw: approvals.withdraw(id),
  },
  audit: {
    list: audit.list({ ...paging, principal: 'ann', outcome: 'refused', before: 5 } as never),
    exported: audit.exported('7'),
    check: audit.check(7),
  },
  backups: {
    list: backups.list({ ...paging, label: 'night' }),
    show: backups.show(id),
    create: backups.create({ label: 'night' }, 'once'),
    hold: backups.hold(id, 'a lawsuit'),
    release: backups.release(id, by),
    deleteLater: backups.deleteLater(id, 'too old', by),
    undelete: backups.undelete(id),
    erase: backups.erase(id, by),
    log: backups.log(id),
    download: backups.download(id),
    verify: backups.verify(id, { deep: true, subset: '1/5' }, 'once'),
    verification: backups.verification(id),
    reseal: backups.reseal(id, {}, by, 'once'),
    resealing: backups.resealing(id),
    contents: backups.contents(id, { ...paging, component: 'files' }, password),
    archivedFile: backups.archivedFile(id, entry, password),
  },
  installation: {
    status: installation.status(),
    components: installation.components(paging),
    cancel: installation.cancel(id),
  },
  keys: {
    list: keys.list({ ...paging, domain: 'eu' }),
    show: keys.show(id),
    create: keys.create({ scope: 'domain', domain: 'eu', default: true, postQuantum: true }),
    makeDefault: keys.makeDefault(id),
    download: keys.download(id, password, by, 'the usual one'),
    upload: keys.upload('a key file', password),
    erase: keys.erase(id, { force: true }, by),
    listVerifyKeys: keys.listVerifyKeys(paging),
    importVerifyKey: keys.importVerifyKey({ installation: 'lisbon', publicKey: 'a key' }),
    eraseVerifyKey: keys.eraseVerifyKey(id),
  },
  notices: {
    channels: notices.channels(),
    testChannel: notices.testChannel('mail'),
    list: notices.list({ ...paging, type: 'backup.failed' }),
    show: notices.show(id),
    resend: notices.resend(id, {} as never),
    deliveries: notices.deliveries({ ...paging, state: 'waiting' }),
  },
  people: {
    list: people.list(paging),
    show: people.show(id),
    create: people.create({ name: 'ann' }),
    change: people.change(id, { name: 'ann' } as never),
    invite: people.invite(id),
    setPassword: people.setPassword(id, { password }),
    disable: people.disable(id, { tokens: true }),
    enable: people.enable(id),
    erase: people.erase(id, { tokens: true }),
    rememberMe: people.rememberMe(),
    backupToken: people.backupToken(),
    makeBackupToken: people.makeBackupToken({ confirm: 'yes' } as never),
  },
  restores: {
    create: restores.create(id, { dryRun: true }, by, 'once'),
    show: restores.show(id),
    list: restores.list(paging),
    plan: restores.plan(id, { ...paging, component: 'files' }),
  },
  schedules: {
    list: schedules.list(paging),
    show: schedules.show('nightly'),
    preview: schedules.preview({ cron: '0 3 * * *' }),
    create: schedules.create({ id: 'nightly', cron: '0 3 * * *' }, by),
    replace: schedules.replace('nightly', { cron: '0 3 * * *' }, by),
    pause: schedules.pause('nightly'),
    resume: schedules.resume('nightly'),
    run: schedules.run('nightly', 'once'),
    erase: schedules.erase('nightly', by),
    retentionPlan: schedules.retentionPlan({ ...paging, schedule: 'nightly', label: 'night' }),
    retentionPlanBy: schedules.retentionPlanBy({ label: 'night' }),
  },
  sessions: {
    begin: sessions.begin('hf_token'),
    signIn: sessions.signIn('ann', password),
    issuers: sessions.issuers(),
    beginAtIssuer: sessions.beginAtIssuer('work', 'https://backup.example.com/console/'),
    completeAtIssuer: sessions.completeAtIssuer('page', 'answer'),
    acceptInvitation: sessions.acceptInvitation('hf_invitation', password),
    current: sessions.current(),
    renew: sessions.renew(),
    prove: sessions.prove({ password }),
    end: sessions.end(),
  },
  uploads: {
    list: uploads.list(paging),
    begin: uploads.begin({}),
    part: uploads.part(id, 3),
    complete: uploads.complete(id, 'once'),
    imported: uploads.imported(id),
    abort: uploads.abort(id),
  },
};

const routes: readonly DescribedRoute[] = [...everyRoute, ...byteRoutes];
const routeOf = ({ method, path }: Call<unknown>): DescribedRoute | undefined => {
  const fitting = routes.filter(
    (route) =>
      route.method === method && new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  // A word of the path goes before a parameter.
  return fitting.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
};
const keysOf = (schema: unknown): string[] =>
  typeof schema === 'object' && schema !== null && 'shape' in schema
    ? Object.keys(schema.shape as object)
    : [];

const each = Object.entries(calls).flatMap(([room, of]) =>
  Object.entries(of).map(([name, call]): [string, Call<unknown>] => [`${room}.${name}`, call]),
);

describe('a call of lib/client [U11]', () => {
  test('is held against its route, each of them', () => {
    for (const [room, of] of Object.entries(modules))
      expect(Object.keys(calls[room as keyof typeof calls]).sort()).toEqual(Object.keys(of).sort());
  });

  test.each(each)('%s is a request that the API takes', (_, call) => {
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

  test.each(each)('%s is sent again only where that does nothing twice', (_, call) => {
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
