/**
 * The backup token: a second secret beside the API token, asked for by typing a word and proving identity again. A new
 * one must wait before it counts, so that the theft of an API token is noticed before the thief can carry data away.
 */

import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type {
  BackupTokenRecord,
  BackupTokenView,
  MakeBackupTokenRequest,
} from '../../../model/records/backup-token.ts';
import { type Catalog, put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { type AuditHost, audited } from '../../audit/act.ts';
import { tell } from '../../task/tell.ts';
import { ownDomain } from '../known-domains.ts';
import { toAdministrators } from '../people/administrator-mails.ts';
import { hashOfSecret, isHashKept, newSecretText } from '../secret.ts';
import { proveOrHaveSignedIn } from '../sessions/prove-identity.ts';

const HOUR = 3600_000;
const PREFIX = 'hfb_';

type TokenHost = Pick<Host, 'catalog' | 'clock' | 'config' | 'log'>;

export const showBackupToken = async (host: TokenHost, { id }: Principal): Promise<BackupTokenView> =>
  viewOf(host, (await host.catalog.get('backupToken', id))?.record);

const viewOf = (
  { config: { backupToken }, clock }: TokenHost,
  record: BackupTokenRecord | undefined,
): BackupTokenView => ({
  ...backupToken,
  exists: record !== undefined,
  createdAt: record?.createdAt ?? null,
  usableFrom: record?.usableFrom ?? null,
  usable: record !== undefined && Date.parse(record.usableFrom) <= clock.now().getTime(),
});

/**
 * Makes or replaces the backup token, and tells every administrator. Its text is in the answer, and nowhere else.
 *
 * @throws `forbidden` when the proof is not the caller's; `conflict` and `not_found` when the typed word does not fit
 * what exists
 */
export const makeBackupToken = async (
  host: Host,
  principal: Principal,
  { confirm, ...proof }: MakeBackupTokenRequest,
): Promise<{ view: BackupTokenView; text: string }> => {
  await proveOrHaveSignedIn(host, principal, proof);
  const known = await host.catalog.get('backupToken', principal.id);
  if (confirm === 'create' && known !== undefined)
    throw new HoldfastError(
      'conflict',
      `${principal.name} has a backup token already; to replace it, confirm with "reset"`,
    );
  if (confirm === 'reset' && known === undefined)
    throw new HoldfastError('not_found', `${principal.name} has no backup token yet; confirm with "create"`);
  const now = host.clock.now().getTime();
  const text = `${PREFIX}${newSecretText()}`;
  const record: BackupTokenRecord = {
    id: principal.id,
    name: principal.name,
    hash: hashOfSecret(text),
    createdAt: new Date(now).toISOString(),
    usableFrom: new Date(await usableFromOf(host, principal, now)).toISOString(),
  };
  const domain = ownDomain(principal);
  const administrators = await toAdministrators(host);
  await host.catalog.commit([
    put('backupToken', record, known?.version ?? 'absent'),
    tell(host, {
      type: confirm === 'create' ? 'token.created' : 'token.reset',
      title: `${principal.name} ${confirm === 'create' ? 'created a backup token' : 'reset the backup token'}`,
      by: principal.name,
      ...(domain !== null && { domain }),
      ...administrators,
      lines: [`It can be used from ${record.usableFrom} on, to create, download and restore backups.`],
      nextSteps: [
        'If this was not intended, end the access of this person or token before that time:',
        `  holdfast ${principal.kind === 'person' ? 'user disable' : 'token revoke'} ${principal.id}`,
      ],
    }),
  ]);
  return { view: viewOf(host, record), text };
};

/**
 * A backup token that was asked for with a token alone waits, so that a theft is noticed in time. So does that of a
 * person whose password somebody else has set: the thief of a token could make such a person.
 */
const usableFromOf = async (host: Host, { id, kind }: Principal, now: number): Promise<number> => {
  const wait = host.config.backupToken.waitHours * HOUR;
  const since = kind === 'person' ? (await host.catalog.get('person', id))?.record.passwordOwnSince : null;
  return since == null ? now + wait : Math.min(now + wait, Math.max(now, Date.parse(since) + wait));
};

/**
 * Requires the backup token when the configuration says so.
 *
 * @param text The header `Holdfast-Backup-Token`.
 * @throws `backup_token_refused` when there is none, it is another one, or it still waits; `details.hoursLeft` then
 * says how long
 */
export const requireBackupToken = async (
  host: TokenHost,
  principal: Principal,
  text: string | undefined,
): Promise<void> => {
  const { required, waitHours } = host.config.backupToken;
  if (!required) return;
  const record = (await host.catalog.get('backupToken', principal.id))?.record;
  const isRight = isHashKept(hashOfSecret(text ?? ''), record?.hash);
  if (text === undefined || record === undefined || !isRight)
    throw new HoldfastError(
      'backup_token_refused',
      text === undefined
        ? 'this installation requires a backup token in addition to the API token: send it as Holdfast-Backup-Token ("holdfast backup-token create" creates one)'
        : 'this is not the backup token of the caller; "holdfast backup-token reset" creates a new one',
    );
  // The wait is never longer than the configuration says, even if a clock that was ahead has dated it.
  const left = Math.min(Date.parse(record.usableFrom) - host.clock.now().getTime(), waitHours * HOUR);
  if (left <= 0) return;
  const hoursLeft = Math.ceil(left / HOUR);
  throw new HoldfastError(
    'backup_token_refused',
    `this backup token is new, and can be used in ${hoursLeft} ${hoursLeft === 1 ? 'hour' : 'hours'}, from ${record.usableFrom} on; on the machine of the server this ends the wait: holdfast backup-token allow-now ${record.id}`,
    { details: { hoursLeft, usableFrom: record.usableFrom } },
  );
};

/** Ends the wait of a backup token, for a caller on the host itself. @throws `not_found` */
export const allowBackupTokenNow = (
  host: AuditHost & { readonly catalog: Catalog },
  id: string,
  by: { readonly id: string; readonly name: string },
): Promise<BackupTokenRecord> =>
  audited(
    host,
    {
      principal: { ...by, kind: 'host', grants: [] },
      action: 'backup-token.allow-now',
      subject: `tokens/${id}`,
    },
    async () => {
      const found = await host.catalog.get('backupToken', id);
      if (found === undefined)
        throw new HoldfastError(
          'not_found',
          `there is no backup token for the id ${id}; "holdfast token list" shows the ids`,
        );
      const record = { ...found.record, usableFrom: host.clock.now().toISOString() };
      await host.catalog.commit([put('backupToken', record, found.version)]);
      return record;
    },
    () => ({ outcome: 'done', status: null, code: null }),
  );
