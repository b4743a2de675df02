/** Configurations, requests and key files with faults, read as if somebody had given them to Holdfast. */

import { isDeepStrictEqual } from 'node:util';
import { everyRoute } from '../../../lambdas/api-handlers.ts';
import type { Route } from '../../../lib/api/route.ts';
import { readKeyFile } from '../../../lib/archive/keys/backup-key-file.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { checkConfig } from '../../../lib/model/config/config-faults.ts';
import { ConfigTextError, parseConfigText } from '../../../lib/model/config/config-text.ts';
import { isErrorCode } from '../../../lib/model/errors.ts';
import { administrator } from '../../principals.ts';
import { codeOf } from '../stages.ts';
import type { Json } from '../writer/json.ts';
import { flipped } from './flipped-bytes.ts';
import type { Random } from './random.ts';
import { bentBytes, bentJson } from './random-json.ts';

export interface Tried {
  readonly ended: string;
  readonly faults: readonly string[];
}

/** Reports errors without a code: the code did not expect them. */
const unforeseen = (thrown: unknown): string[] => {
  const code = codeOf(thrown);
  return isErrorCode(code) ? [] : [code];
};

/** JSON changed as a value, as text, or both. */
const bentText = (random: Random, value: Json): Buffer => {
  const bent = random.chance(3) ? value : bentJson(random, value);
  const text = Buffer.from(
    JSON.stringify(random.chance(2) ? bent : bentJson(random, bent), null, random.pick([0, 2])),
  );
  return random.chance(2) ? text : bentBytes(random, text);
};

const config: Json = {
  installation: 'acme',
  domains: ['root', 'north'],
  components: [
    {
      id: 'files',
      kind: 'directory',
      path: '/srv/files',
      include: ['docs/**'],
      exclude: ['*.tmp', '!keep.tmp'],
    },
    { id: 'database', kind: 'postgres', url: { env: 'DATABASE_URL' }, onMissing: 'fail' },
    { id: 'objects', kind: 's3', bucket: 'acme-objects', prefix: 'a/', domain: 'north' },
    { id: 'items', kind: 'dynamodb', table: 'acme-items' },
  ],
  triggers: [
    { id: 'deployed', kind: 'event', pattern: { source: ['aws.s3', { prefix: 'shop' }] }, waitMinutes: 5 },
    { id: 'asked', kind: 'topic', topicArn: 'arn:aws:sns:eu-central-1:111122223333:asked', label: 'asked' },
    { id: 'signed', kind: 'webhook', secrets: [{ env: 'SECRET' }], components: ['files'] },
  ],
  schedules: [
    {
      id: 'nightly',
      cron: '0 3 * * 1-5',
      timeZone: 'Europe/Berlin',
      label: 'nightly',
      components: ['files'],
      waitMinutes: 30,
    },
  ],
  backupPaths: ['/mnt/backups'],
  uploads: { maxBytes: 1_000_000, maxOpen: 5 },
  notifications: {
    email: { to: ['ops@example.com'], from: 'holdfast@example.com', smtp: { file: '/run/smtp' } },
  },
  aws: { concurrency: 4, alarms: { email: ['ops@example.com'] }, logRetentionDays: 90 },
};

/** An accepted input must mean the same when it is read again; a refused one must give readable messages. */
export const tryConfig = (random: Random): Tried => {
  const bytes = bentText(random, config);
  let value: unknown;
  try {
    value = parseConfigText(bytes);
  } catch (thrown) {
    if (thrown instanceof ConfigTextError && thrown.message.length > 10)
      return { ended: 'configuration: no JSON', faults: [] };
    return { ended: 'configuration: broke', faults: [`a configuration ends in ${codeOf(thrown)}`] };
  }
  try {
    const checked = checkConfig(value);
    if ('faults' in checked) {
      const told = checked.sentences.length > 0 && checked.sentences.every((one) => one.trim().length > 5);
      return {
        ended: 'configuration: refused',
        faults: told ? [] : ['a configuration is refused without a sentence'],
      };
    }
    const again = configSchema.safeParse(JSON.parse(JSON.stringify(checked.config)));
    const isSame = again.success && isDeepStrictEqual(again.data, checked.config);
    return {
      ended: 'configuration: taken',
      faults: isSame ? [] : ['a configuration that is taken means something else when it is read again'],
    };
  } catch (thrown) {
    return { ended: 'configuration: broke', faults: [`a configuration ends in ${codeOf(thrown)}`] };
  }
};

const ID = 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff';
const SHA256 = 'a'.repeat(64);
const VERIFY_KEY = Buffer.alloc(32, 7).toString('base64');

/** A valid body for each route that takes one. */
const bodies: Readonly<Record<string, Json>> = {
  approve: { digest: 'a'.repeat(64), comment: 'looked at' },
  reject: { reason: 'not now' },
  createBackup: {
    label: 'nightly',
    description: 'by hand',
    scope: 'domain',
    domain: 'north',
    components: ['files', 'database'],
    filters: [],
    passphrase: 'befit-brakeman-footstep',
    fileName: 'a.hfa',
    backupPath: '/mnt/backups',
    includeLogs: true,
    logFileName: 'a.log',
  },
  createRestore: {
    components: ['files'],
    targets: { files: '/tmp/files', database: 'OTHER_URL' },
    dryRun: true,
    existing: 'skip',
    passphrase: 'befit-brakeman-footstep',
    trust: { verifyKey: VERIFY_KEY, manifestSha256: SHA256 },
    setuid: true,
    allOrNothing: false,
  },
  verifyBackup: { subset: '1/5', deep: true, passphrase: 'befit-brakeman-footstep' },
  resealBackup: { keyId: 'key-1', trust: { verifyKey: VERIFY_KEY, manifestSha256: SHA256 } },
  createKey: { scope: 'domain', domain: 'north', default: true, postQuantum: true },
  downloadKey: { password: 'befit-brakeman-footstep', hint: 'the usual one' },
  uploadKey: { file: '# Holdfast backup key file\n', password: 'befit-brakeman-footstep' },
  deleteKey: { force: true, backups: [ID], digest: SHA256 },
  importVerifyKey: { installation: 'acme', publicKey: VERIFY_KEY },
  holdBackup: { reason: 'the audit' },
  deleteBackupLater: { reason: 'made by mistake' },
  createDomain: { name: 'north' },
  deleteDomain: { deleteKeys: true },
  createToken: { name: 'shift', role: 'operator', domain: 'north', expiresInSeconds: 3600 },
  revokeToken: { children: true },
  createUser: { name: 'ada', mail: 'ada@example.com', domain: 'north', grants: [{ role: 'operator' }] },
  replaceUser: { name: 'ada', mail: null, grants: [{ role: 'auditor', domain: null }] },
  deleteUser: { tokens: true },
  disableUser: { tokens: true },
  setUserPassword: { password: 'befit-brakeman-footstep', current: 'footstep-befit-brakeman' },
  signIn: { name: 'north/ada', password: 'befit-brakeman-footstep' },
  acceptInvitation: {
    invitation: `hfi_person-${ID.slice(-36)}_${'a'.repeat(43)}`,
    password: 'befit-brakeman',
  },
  proveSession: { password: 'befit-brakeman-footstep' },
  beginSignIn: { issuer: 'corp', page: 'https://backups.example.com/console/' },
  completeSignIn: {
    page: 'https://backups.example.com/console/',
    answer: `?code=abc&state=corp.${'a'.repeat(43)}`,
  },
  makeBackupToken: { confirm: 'create', token: `hf_${ID}_${'a'.repeat(43)}` },
  createSchedule: {
    ...{ id: 'weekly', cron: '@weekly', timeZone: 'Europe/Berlin', jitterMinutes: 5, label: 'weekly' },
    ...{ scope: 'domain', domain: 'north', components: ['files'], keyId: 'key-1', catchUp: 'run' },
    verification: 'deep',
    ...{ startAt: '2026-01-01T00:00:00Z', endAt: '2027-01-01T00:00:00Z', waitMinutes: 5 },
    retention: { keepDaily: 7, keepWithin: '1y', timeZone: 'UTC' },
  },
  previewSchedule: { id: 'weekly', cron: '@weekly', timeZone: 'Europe/Berlin', jitterMinutes: 5 },
  replaceSchedule: { cron: 'every 6h', version: 3, enabled: false },
  sendToTrigger: { type: 'deployed', data: { version: '1.2.3' } },
  resendNotice: { channel: 'webhook:chat' },
  planRetention: { schedule: 'nightly', policy: { keepLast: 3, countPartial: true }, limit: 5 },
  createUpload: { bytes: 100, fileName: 'a.hfa', backupPath: '/mnt/backups', sha256: SHA256, backupId: ID },
};

class Reached extends Error {}
/** A handler that accepts a request first asks the host for something; this host then throws `Reached`. */
const host = new Proxy(
  {},
  {
    get: () => {
      throw new Reached();
    },
  },
);

const routes: readonly Route[] = everyRoute.filter(({ body }) => body !== undefined);
/** A route without an entry above would never be tested. */
for (const { operationId } of routes)
  if (bodies[operationId] === undefined) throw new Error(`bad-input.ts has no request of ${operationId}`);

export const tryRequest = async (random: Random): Promise<Tried> => {
  const { handle, operationId, signed } = random.pick(routes);
  const text = bentText(random, bodies[operationId] ?? {});
  let body: unknown;
  try {
    body = JSON.parse(text.toString());
  } catch {
    return { ended: 'request: no JSON', faults: [] };
  }
  try {
    const id = random.chance(4) ? bentBytes(random, Buffer.from(ID)).toString('latin1') : ID;
    const principal = administrator('tester');
    const call = { host: host as never, principal, headers: {}, origin: {}, params: { id }, query: {} };
    await handle({ ...call, body: signed === true ? text : body });
    return { ended: 'request: answered', faults: [`${operationId} answered without a host`] };
  } catch (thrown) {
    if (thrown instanceof Reached) return { ended: 'request: taken', faults: [] };
    const faults = unforeseen(thrown).map((code) => `${operationId} ends in ${code}: ${text.toString()}`);
    return { ended: `request: ${codeOf(thrown)}`.slice(0, 60), faults };
  }
};

/** A key file has exactly one valid text: any change is refused before a password is tried. */
export const tryKeyFile = (random: Random, sound: readonly Buffer[]): Tried => {
  const whole = random.pick(sound);
  const { bytes, flips } = flipped(random, whole, sound);
  const text = bytes.toString('utf8');
  try {
    readKeyFile(text);
    const isSound = sound.some((one) => one.toString('utf8') === text);
    return {
      ended: 'key file: taken',
      faults: isSound ? [] : [`a changed key file is taken: ${flips.join(', ')}`],
    };
  } catch (thrown) {
    return {
      ended: `key file: ${codeOf(thrown)}`.slice(0, 60),
      faults: unforeseen(thrown).map((code) => `a key file ends in ${code}: ${flips.join(', ')}`),
    };
  }
};
