/**
 * Uses everything that takes or makes a secret, then reads all that the run has left: no secret appears
 * anywhere, in any usual encoding. `cli.token` is left out, because it stores the token for the command line.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { type Answer, Api } from '../../acceptance/api.ts';
import { eventually } from '../../contract/eventually.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { Installation } from '../installation.ts';
import { PAGE } from '../people.ts';

const random = (): string => `Q${randomBytes(18).toString('hex')}Z`;
/** The secrets by purpose. Secrets that the server makes are added as it returns them. */
const secrets: Record<string, string> = {
  passphrase: `${random()} with blanks & signs/ü`,
  keyPassword: `${random()} of a key file`,
  personPassword: `${random()}-of-a-person`,
  newPassword: `${random()}-another`,
  webhook: `whsec_${randomBytes(24).toString('base64')}`,
  trigger: `whsec_${randomBytes(24).toString('base64')}`,
  smtp: random(),
  ping: random(),
};
const mails: string[] = [];
const hooks: { path: string; content: string }[] = [];
/** What /proc shows of the server and its child processes. */
const processes = new Map<string, string>();
let here: Installation;
let postgres: PostgresServer;
let mailServer: SMTPServer;
let hookServer: Server;
let backupToken = '';
let stopSampling = (): void => undefined;

const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;

/**
 * A secret as it may appear in logs, URLs, JSON, headers and databases; in Base64 at each of the three
 * alignments.
 */
const spellings = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice(before === 0 ? 0 : before + 1, -1);
  });
  const url = base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = bytes.toString('hex');
  const quoted = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), encodeURI(secret)];
  return [...new Set([...quoted, ...base64, ...url, hex, hex.toUpperCase()])];
};

const found = (
  places: ReadonlyMap<string, string | Buffer>,
  wanted: Readonly<Record<string, string>>,
): string[] =>
  Object.entries(wanted).flatMap(([name, secret]) =>
    spellings(secret).flatMap((spelling) =>
      [...places]
        .filter(([, content]) => content.includes(spelling))
        .map(([place]) => `${name} stands in ${place}, as ${spelling.slice(0, 12)}...`),
    ),
  );

/**
 * Reads /proc for the server and its child processes. Only processes of the same user can read an
 * environment.
 */
const sample = (root: number): void => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc'))
    if (/^\d+$/.test(name)) {
      const [, parent] = /\) \S (\d+)/.exec(quietly(`/proc/${name}/stat`)) ?? [];
      parents.set(Number(name), Number(parent));
    }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === root || isOurs(parents.get(pid)));
  for (const pid of parents.keys())
    if (isOurs(pid)) {
      const command = quietly(`/proc/${pid}/cmdline`);
      processes.set(`the command line of ${pid}`, command);
      processes.set(`the environment of ${pid}`, quietly(`/proc/${pid}/environ`));
    }
};
const quietly = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended.
    return '';
  }
};

/** Our tokens end with 43 secret characters; the id before them is not secret. */
const secretOf = (text: string): string => text.slice(-43);

const made = async (answer: Promise<Answer>): Promise<Answer['body']> => {
  const { status, body } = await answer;
  expect([status < 300, body?.detail]).toEqual([true, undefined]);
  return body;
};
const ended = async (answer: Promise<Answer>, records: string): Promise<Answer['body']> => {
  const { id } = await made(answer);
  const record = await here.api.ended(`${records}/${id}`);
  expect([record.state, record.shortError]).toEqual(['SUCCESS', '']);
  return record;
};
const open = { token: null, headers: PAGE };

/** A mail as received, and its parts without their transfer encodings. */
const plainMail = (raw: string): string =>
  [
    raw,
    raw
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    ...(raw.match(/(?:[A-Za-z0-9+/]{40,}={0,2}\r?\n?)+/g) ?? []).map((part) =>
      Buffer.from(part, 'base64').toString('latin1'),
    ),
  ].join('\n');

const filesBelow = async (folder: string): Promise<Map<string, Buffer>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile() && one.name !== 'cli.token');
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path, await readFile(path)] as const;
      }),
    ),
  );
};

/** The headers of a request that makes, downloads or restores backups. */
const withToken = () => ({ 'holdfast-backup-token': backupToken });
const cookieOf = async (name: string, password: string): Promise<string> => {
  const { headers } = await here.api.post('/v1/sign-in', { name, password }, open);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
};

/**
 * Two people: one requests, the other approves. They also type wrong passwords, and passwords into the wrong
 * field.
 */
const admitPeople = async (): Promise<{ cookie: string }> => {
  for (const name of ['ada', 'ben']) {
    const person = await made(here.api.post('/v1/users', { name, grants: [{ role: 'administrator' }] }));
    secrets[`invitation of ${name}`] = secretOf(person.invitation);
    const chosen = { invitation: person.invitation, password: secrets.personPassword };
    await made(here.api.post('/v1/invitations', chosen, open));
    await here.api.post('/v1/invitations', chosen, open);
  }
  await here.api.post('/v1/sign-in', { name: 'ben', password: secrets.newPassword }, open);
  await here.api.post('/v1/sign-in', { name: secrets.personPassword, password: 'ben' }, open);
  const cookie = await cookieOf('ben', secrets.personPassword ?? '');
  secrets.session = secretOf(cookie);
  return { cookie };
};

const moveKey = async (): Promise<void> => {
  const key = await made(here.api.post('/v1/keys', {}));
  const wrong = await here.api.post('/v1/keys/upload', { file: 'nonsense', password: secrets.keyPassword });
  expect(wrong.status).toBeGreaterThanOrEqual(400);
  const { file } = await made(
    here.api.post(`/v1/keys/${key.id}/download`, { password: secrets.keyPassword, hint: 'as ever' }),
  );
  expect((await here.api.delete(`/v1/keys/${key.id}`, { body: {} })).status).toBe(204);
  await made(here.api.post('/v1/keys/upload', { file, password: secrets.keyPassword }));
};

const backUpAndRestore = async (cookie: string): Promise<void> => {
  const { passphrase = '' } = secrets;
  const backup = await ended(
    here.api.post('/v1/backups', { passphrase, includeLogs: true }, { headers: withToken() }),
    '/v1/backups',
  );
  const opening = { 'holdfast-passphrase': encodeURIComponent(passphrase) };
  const path = `/v1/backups/${backup.id}`;
  await made(here.api.get(`${path}/contents`, { headers: opening }));
  await here.api.get(`${path}/contents`, { headers: { 'holdfast-passphrase': secrets.keyPassword ?? '' } });
  await made(here.api.post(`${path}/download`, {}, { headers: withToken() }));
  const request = { components: ['files'], targets: { files: here.path('restored') }, passphrase };
  await ended(here.api.post(`${path}/restores`, { ...request, dryRun: true }), '/v1/restores');
  const refused = await here.api.post(`${path}/restores`, request, { headers: withToken() });
  const { id, digest } = refused.body.approval;
  const asBen = { token: null, headers: { cookie, ...PAGE } };
  await made(here.api.post(`/v1/approvals/${id}/approve`, { digest }, asBen));
  await ended(
    here.api.post(`${path}/restores`, request, { headers: { ...withToken(), 'holdfast-approval': id } }),
    '/v1/restores',
  );
};

const beginOtherwise = async (): Promise<void> => {
  const ping = `http://127.0.0.1:${portOf(hookServer)}/ping/${secrets.ping}`;
  await made(
    here.api.post('/v1/schedules', { id: 'nightly', cron: '0 3 * * *', components: ['files'], ping }),
  );
  await ended(here.api.post('/v1/schedules/nightly/run', {}, { headers: withToken() }), '/v1/backups');
  const [at, id, body] = [new Date(), `message-${randomUUID()}`, '{"a":1}'];
  const sent = await here.api.call('POST', '/v1/triggers/deployed', {
    ...{ token: null, body },
    headers: {
      ...{ 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)) },
      'webhook-signature': new Webhook(secrets.trigger ?? '').sign(id, at, body),
    },
  });
  expect(sent.status).toBe(202);
  await eventually('the backup of the trigger has ended', async () =>
    (await here.api.get('/v1/backups?label=deployed')).body.resources[0]?.state === 'SUCCESS'
      ? true
      : undefined,
  );
};

/** Everything that the API returns and the audit trail exports. */
const told = async (): Promise<Map<string, string>> => {
  const places = new Map<string, string>();
  const { body } = await here.api.get('/v1/openapi.json');
  for (const [path, { get }] of Object.entries<{ get?: unknown }>(body.paths))
    if (get !== undefined && !path.includes('{')) places.set(path, (await here.api.get(path)).text);
  expect(places.get('/v1/audit/export')).toContain('"action":"approve"');
  return places;
};

describeWithPostgres('secrets', () => {
  beforeAll(async () => {
    postgres = await startPostgresServer();
    secrets.database = postgres.password;
    mailServer = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      authOptional: true,
      onAuth: ({ password }, _session, done) =>
        password === secrets.smtp ? done(null, { user: 'us' }) : done(new Error('who is that?')),
      onData: (stream, _session, done) => {
        void text(stream).then((raw) => {
          mails.push(raw);
          done();
        });
      },
    });
    mailServer.on('error', () => undefined);
    mailServer.listen(0, '127.0.0.1');
    hookServer = createServer(async (request, response) => {
      const path = request.url ?? '';
      const headers = path.startsWith('/ping/') ? '' : JSON.stringify(request.headers);
      hooks.push({ path, content: `${headers} ${await text(request)}` });
      response.writeHead(200).end();
    }).listen(0, '127.0.0.1');
    await Promise.all([once(mailServer.server, 'listening'), once(hookServer, 'listening')]);
    const hookUrl = `http://127.0.0.1:${portOf(hookServer)}`;
    here = await Installation.start({
      config: (folder) => ({
        components: [
          { id: 'files', kind: 'directory', path: `${folder}/source` },
          { id: 'database', kind: 'postgres', url: { file: `${folder}/database.secret` } },
        ],
        backupToken: { required: true, waitHours: 0 },
        approval: { actions: ['restore'], newApproverHours: 0 },
        triggers: [
          {
            id: 'deployed',
            label: 'deployed',
            kind: 'webhook',
            secrets: [{ file: `${folder}/trigger.secret` }],
            components: ['files'],
          },
        ],
        notifications: {
          email: { to: ['ops@example.com'], from: 'h@example.com', smtp: { file: `${folder}/smtp.secret` } },
          webhooks: [{ id: 'ops', url: `${hookUrl}/hook`, secrets: [{ file: `${folder}/hook.secret` }] }],
          rules: [{ events: ['*'], channels: ['*'] }],
          internalAddresses: ['127.0.0.1'],
        },
      }),
    });
    const kept = {
      database: postgres.url(),
      trigger: secrets.trigger,
      smtp: `smtp://us:${secrets.smtp}@127.0.0.1:${portOf(mailServer.server)}`,
      hook: secrets.webhook,
    };
    for (const [name, value] of Object.entries(kept))
      await writeFile(here.path(`${name}.secret`), `${value}`);
    // The server reads the configuration's secrets when it uses them, so it starts once more with all of
    // them present.
    await here.end('SIGTERM');
    await here.startServer();
    await writeFile(here.path('source', 'a.txt'), 'some text');
    secrets.commandLine = secretOf(here.api.token);
    const { pid } = here;
    const timer = setInterval(() => sample(pid), 5);
    stopSampling = () => clearInterval(timer);
  }, 120_000);

  afterAll(async () => {
    stopSampling();
    await here?.close();
    await postgres?.stop();
    hookServer?.close();
    await new Promise<void>((resolve) => mailServer?.close(() => resolve()));
  });

  test('nothing that a run leaves, tells or shows to others holds a secret [U12] [T2]', async () => {
    secrets.guess = random();
    await here.api.get('/v1/backups', { token: `hf_token-${randomUUID()}_${secrets.guess}` });
    const proof = { confirm: 'create', token: here.api.token };
    backupToken = (await made(here.api.post('/v1/backup-token', proof))).backupToken;
    secrets.backupToken = secretOf(backupToken);
    const { token } = await made(here.api.post('/v1/tokens', { name: 'one', role: 'operator' }));
    secrets.token = secretOf(token);
    const program = new Api(here.api.url, token);
    await made(program.get('/v1/backups'));
    const { cookie } = await admitPeople();
    await moveKey();
    await backUpAndRestore(cookie);
    await beginOtherwise();
    await eventually(
      'mail, webhook and the schedule’s address have been told',
      async () =>
        mails.length > 3 && ['/hook', '/ping/'].every((one) => hooks.some(({ path }) => path.startsWith(one)))
          ? true
          : undefined,
      60_000,
    );
    const places = await told();
    stopSampling();
    await here.end('SIGTERM');
    const left = await filesBelow(here.data);
    expect([...left.keys()].some((path) => path.endsWith('catalog.db'))).toBe(true);
    // The processes are the server and those of its child processes that ran long enough to be seen.
    expect([...processes.keys()].length).toBeGreaterThanOrEqual(2);
    // A PostgreSQL program gets the password of its database in its environment, which only its user may
    // read.
    const { database: ofDatabase, ...others } = secrets;
    const environments = new Map([...processes].filter(([name]) => name.startsWith('the environment')));
    const commands = new Map([...processes].filter(([name]) => name.startsWith('the command line')));
    expect(found(environments, others)).toEqual([]);
    const all = new Map<string, string | Buffer>([
      ...places,
      ...left,
      ...commands,
      ['the log', here.log],
      ...mails.map((raw, n) => [`mail ${n}`, plainMail(raw)] as const),
      ...hooks.map(({ content }, n) => [`request ${n} to a webhook`, content] as const),
    ]);
    expect(Object.keys(secrets).length).toBeGreaterThan(12);
    expect(Object.values(secrets).every((secret) => secret.length > 15)).toBe(true);
    expect([ofDatabase !== undefined, found(all, secrets)]).toEqual([true, []]);
  }, 240_000);

  test('the search itself finds each spelling', () => {
    const { passphrase = '', keyPassword = '' } = secrets;
    for (const [secret, hidden] of [
      [passphrase, JSON.stringify({ passphrase })],
      [passphrase, encodeURIComponent(passphrase)],
      [passphrase, Buffer.from(passphrase).toString('hex')],
      [passphrase, Buffer.from(`us:${passphrase}`).toString('base64')],
      [passphrase, Buffer.from(`u:${passphrase} and more`).toString('base64url')],
      [keyPassword, Buffer.from(keyPassword).toString('base64')],
    ] as const)
      expect(found(new Map([['here', hidden]]), { secret })).not.toEqual([]);
  });
});
