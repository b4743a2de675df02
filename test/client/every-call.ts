/** Every call of lib/client with all of its parameters, and the route it uses. */
import { everyRoute } from '../../lambdas/api-handlers.ts';
import type { DescribedRoute } from '../../lib/api/route.ts';
import { byteRoutes } from '../../lib/api/routes/bytes.ts';
import type { Call } from '../../lib/client/call.ts';
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

export const modules = {
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

/** Each call with all of its parameters. */
export const calls: {
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
export const routeOf = ({ method, path }: Call<unknown>): DescribedRoute | undefined => {
  const fitting = routes.filter(
    (route) =>
      route.method === method && new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  // A literal path segment takes precedence over a parameter.
  return fitting.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
};
/** By module and name, such as `backups.list`. */
export const eachCall = Object.entries(calls).flatMap(([room, of]) =>
  Object.entries(of).map(([name, call]): [string, Call<unknown>] => [`${room}.${name}`, call]),
);
