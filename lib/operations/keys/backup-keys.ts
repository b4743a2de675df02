import { generateBackupKey } from '../../archive/age/age-header.ts';
import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { newId } from '../../model/ids.ts';
import type { BackupKeyRecord, BackupKeyView } from '../../model/records/keys.ts';
import { homeOf, ROOT_DOMAIN, type Scope } from '../../model/records/scope.ts';
import type { Page } from '../../model/requests/page.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { type Change, put, type Versioned } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { EncryptionContext } from '../../ports/key-vault.ts';
import { assertDomain, isDomain } from '../access/known-domains.ts';
import { requirePermission } from '../access/permissions.ts';
import { permittedRecord } from '../access/permitted.ts';
import { tellKey } from './tell-key.ts';

export interface NewBackupKey {
  scope: Scope;
  domain: string;
  isDefault: boolean;
  postQuantum: boolean;
  createdBy: string;
}

/** The context that is authenticated with a backup key's wrapped private half. */
export const keyContext = (
  installation: string,
  key: Pick<BackupKeyRecord, 'id' | 'scope' | 'domain'>,
): EncryptionContext => ({
  installation,
  keyId: key.id,
  scope: key.scope,
  domain: key.domain,
});

/**
 * Makes a key; its private half is in clear only here. A new default replaces the old one in the same transaction, in
 * which `alongside` is committed, too.
 */
export const createBackupKey = async (
  host: Host,
  wanted: NewBackupKey,
  alongside: (record: BackupKeyRecord) => Change[] = () => [],
): Promise<BackupKeyRecord> => {
  await requireDomain(host, wanted);
  const id = newId('key');
  const pair = await generateBackupKey({ postQuantum: wanted.postQuantum });
  const context = keyContext(host.config.installation, { id, ...wanted });
  const wrapped = await host.vault.wrap(Buffer.from(pair.identity), context);
  const record: BackupKeyRecord = {
    id,
    scope: wanted.scope,
    domain: wanted.domain,
    createdAt: timestamp(host.clock),
    createdBy: wanted.createdBy,
    isDefault: wanted.isDefault,
    postQuantum: wanted.postQuantum,
    recipient: pair.recipient,
    wrappedIdentity: Buffer.from(wrapped).toString('base64'),
    importedFrom: null,
  };
  const changes = wanted.isDefault ? await withoutDefault(host, wanted) : [];
  await host.catalog.commit([...changes, put('key', record, 'absent'), ...alongside(record)]);
  return record;
};

const requireDomain = async (
  host: Host,
  { scope, domain }: Pick<BackupKeyRecord, 'scope' | 'domain'>,
): Promise<void> => {
  const fit = scope === 'system' ? domain === ROOT_DOMAIN : await isDomain(host, domain);
  if (fit) return;
  throw new HoldfastError(
    'invalid_request',
    scope === 'system'
      ? 'a key of scope system has no domain; leave it out, or choose scope domain'
      : `there is no domain "${domain}"; "holdfast domain list" shows all domains`,
  );
};

/** The change after which the present default key is no default any more. */
const withoutDefault = async (
  host: Host,
  { scope, domain }: Pick<BackupKeyRecord, 'scope' | 'domain'>,
): Promise<Change[]> => {
  const former = await findDefaultKey(host, scope, domain);
  return former === undefined ? [] : [put('key', { ...former.record, isDefault: false }, former.version)];
};

/** @throws `not_found` */
export const getKey = async (host: Host, id: string): Promise<Versioned<BackupKeyRecord>> => {
  const found = await host.catalog.get('key', id);
  if (found === undefined) throw new HoldfastError('not_found', `there is no backup key with the id "${id}"`);
  return found;
};

/** Makes a key for a principal who may. @throws `forbidden`, `invalid_request` */
export const requestBackupKey = async (
  host: Host,
  principal: Principal,
  wanted: Omit<NewBackupKey, 'createdBy'>,
): Promise<BackupKeyRecord> => {
  if (wanted.scope === 'domain') await assertDomain(host, principal, wanted.domain);
  requirePermission(principal, 'key.write', homeOf(wanted));
  return createBackupKey(host, { ...wanted, createdBy: principal.name }, (record) => [
    tellKey.created(host, record, principal),
  ]);
};

/** The view has no private half, not even wrapped: a reader does not need it. */
export const viewKey = ({ wrappedIdentity: _, ...view }: BackupKeyRecord): BackupKeyView => view;

/** The newest first. */
export const listKeys = async (
  host: Host,
  { grants }: Principal,
  {
    skip,
    limit,
    scope,
    domain,
  }: { skip: number; limit: number; scope?: Scope | undefined; domain?: string | undefined },
): Promise<Page<BackupKeyView>> => {
  // An installation has a handful of keys: they are filtered here rather than by an index for each filter.
  const all = await Array.fromAsync(everyRecord(host, 'key', { descending: true }));
  const chosen = all.filter(
    (key) =>
      allows(grants, 'key.read', homeOf(key)) &&
      (scope === undefined || key.scope === scope) &&
      (domain === undefined || key.domain === domain),
  );
  return { skip, limit, total: chosen.length, resources: chosen.slice(skip, skip + limit).map(viewKey) };
};

/** Backups of its scope that name no key are sealed to it from now on. @throws `not_found`, `invalid_request`, `conflict` */
export const makeDefaultKey = async (
  host: Host,
  principal: Principal,
  id: string,
): Promise<BackupKeyRecord> => {
  const { record, version } = await permittedRecord(host, principal, 'key.write', 'key', id);
  if (record.isDefault) return record;
  await requireDomain(host, record);
  const next = { ...record, isDefault: true };
  await host.catalog.commit([...(await withoutDefault(host, record)), put('key', next, version)]);
  return next;
};

export const keysOf = (host: Host, scope: Scope, domain: string): Promise<BackupKeyRecord[]> =>
  Array.fromAsync(everyRecord(host, 'key', { group: `${scope}/${domain}` }));

const findDefaultKey = async (
  host: Host,
  scope: Scope,
  domain: string,
): Promise<Versioned<BackupKeyRecord> | undefined> => {
  const found = (await keysOf(host, scope, domain)).find(({ isDefault }) => isDefault);
  return found && host.catalog.get('key', found.id);
};

/**
 * The key that a request names, or the default of its scope. A caller that seals something to it adds `keepKey` to the
 * commit that records this: so the key cannot be deleted in between.
 *
 * @throws `not_found`, `invalid_request`
 */
export const keyForBackup = async (
  host: Host,
  {
    keyId,
    scope,
    domain,
    principal,
  }: { keyId?: string | undefined; scope: Scope; domain: string; principal: Principal },
): Promise<Versioned<BackupKeyRecord>> => {
  if (keyId === undefined) {
    const found = await findDefaultKey(host, scope, domain);
    if (found === undefined)
      throw new HoldfastError(
        'not_found',
        `there is no default backup key of scope ${scope} in domain "${domain}"; create one with: holdfast key create --scope ${scope}${scope === 'domain' ? ` --domain ${shellWord(domain)}` : ''} --default`,
      );
    return found;
  }
  const key = await permittedRecord(host, principal, 'installation.read', 'key', keyId);
  const named = key.record;
  if (named.scope !== scope || named.domain !== domain)
    throw new HoldfastError(
      'invalid_request',
      `backup key "${keyId}" is of scope ${named.scope} in domain "${named.domain}"; this backup is of scope ${scope} in domain "${domain}"`,
    );
  return key;
};

/** Fails the commit it is part of when the key was changed or deleted meanwhile. */
export const keepKey = ({ record, version }: Versioned<BackupKeyRecord>): Change =>
  put('key', record, version);

/** The private half, in clear. Only functions that open archives may call it. @throws `wrong_key` */
export const unwrapKey = async (host: Host, key: BackupKeyRecord): Promise<string> =>
  Buffer.from(
    await host.vault.unwrap(
      Buffer.from(key.wrappedIdentity, 'base64'),
      keyContext(host.config.installation, key),
    ),
  ).toString();

/** Makes an installation's first default keys at its first start: of the system, and of each domain. */
export const ensureDefaultKeys = async (host: Host): Promise<void> => {
  const wanted: { scope: Scope; domain: string }[] = [
    { scope: 'system', domain: ROOT_DOMAIN },
    ...host.config.domains.map((domain) => ({ scope: 'domain' as const, domain })),
  ];
  for (const each of wanted) await ensureDefaultKey(host, { ...each, createdBy: 'holdfast' });
};

/** Makes the default key where there is none. */
export const ensureDefaultKey = async (
  host: Host,
  wanted: Pick<NewBackupKey, 'scope' | 'domain' | 'createdBy'>,
): Promise<void> => {
  if ((await findDefaultKey(host, wanted.scope, wanted.domain)) === undefined)
    await createBackupKey(host, { ...wanted, isDefault: true, postQuantum: false });
};
