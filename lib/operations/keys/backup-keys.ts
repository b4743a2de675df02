import { generateBackupKey } from '../../archive/age/age-header.ts';
import { HoldfastError } from '../../model/errors.ts';
import { newId } from '../../model/ids.ts';
import type { BackupKeyRecord, BackupKeyView } from '../../model/records/keys.ts';
import { ROOT_DOMAIN, type Scope } from '../../model/records/scope.ts';
import type { Page } from '../../model/requests.ts';
import { shellWord } from '../../model/shell-word.ts';
import { type Change, put, type Versioned } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import type { EncryptionContext } from '../../ports/key-vault.ts';

export interface NewBackupKey {
  scope: Scope;
  domain: string;
  isDefault: boolean;
  postQuantum: boolean;
  createdBy: string;
}

/** What is authenticated with a backup key's wrapped private half. */
export const keyContext = (
  installation: string,
  key: Pick<BackupKeyRecord, 'id' | 'scope' | 'domain'>,
): EncryptionContext => ({
  installation,
  keyId: key.id,
  scope: key.scope,
  domain: key.domain,
});

/** Makes a key; its private half is in clear only here. A new default replaces the old one in the same transaction. */
export const createBackupKey = async (host: Host, wanted: NewBackupKey): Promise<BackupKeyRecord> => {
  requireDomain(host, wanted);
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
  await host.catalog.commit([...changes, put('key', record, 'absent')]);
  return record;
};

const requireDomain = (host: Host, { scope, domain }: Pick<BackupKeyRecord, 'scope' | 'domain'>): void => {
  const fit = scope === 'system' ? domain === ROOT_DOMAIN : host.config.domains.includes(domain);
  if (fit) return;
  throw new HoldfastError(
    'invalid_request',
    scope === 'system'
      ? 'a key of scope system has no domain; leave it out, or ask for scope domain'
      : `there is no domain "${domain}"; the domains are: ${host.config.domains.join(', ')}`,
  );
};

/** The change that takes the default away from the key that has it now. */
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

/** Without the private half, also wrapped: nobody who only looks has use for it. */
export const viewKey = ({ wrappedIdentity: _, ...view }: BackupKeyRecord): BackupKeyView => view;

/** The newest first. */
export const listKeys = async (
  host: Host,
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
    (key) => (scope === undefined || key.scope === scope) && (domain === undefined || key.domain === domain),
  );
  return { skip, limit, total: chosen.length, resources: chosen.slice(skip, skip + limit).map(viewKey) };
};

/** Backups of its scope that name no key are sealed to it from now on. @throws `not_found`, `invalid_request`, `conflict` */
export const makeDefaultKey = async (host: Host, id: string): Promise<BackupKeyRecord> => {
  const { record, version } = await getKey(host, id);
  if (record.isDefault) return record;
  requireDomain(host, record);
  const next = { ...record, isDefault: true };
  await host.catalog.commit([...(await withoutDefault(host, record)), put('key', next, version)]);
  return next;
};

export const keysOf = async (host: Host, scope: Scope, domain: string): Promise<BackupKeyRecord[]> =>
  (await host.catalog.list('key', { group: `${scope}/${domain}` })).records;

const findDefaultKey = async (
  host: Host,
  scope: Scope,
  domain: string,
): Promise<Versioned<BackupKeyRecord> | undefined> => {
  const found = (await keysOf(host, scope, domain)).find(({ isDefault }) => isDefault);
  return found && host.catalog.get('key', found.id);
};

/**
 * The key a request names, or the default of its scope. Who seals something to it puts it back under its version in
 * the commit that records this (`keepKey`): so it cannot be deleted in between.
 *
 * @throws `not_found`, `invalid_request`
 */
export const keyForBackup = async (
  host: Host,
  { keyId, scope, domain }: { keyId?: string | undefined; scope: Scope; domain: string },
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
  const key = await getKey(host, keyId);
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

/** The first start of an installation makes its first default keys: of the system, and of each domain. */
export const ensureDefaultKeys = async (host: Host): Promise<void> => {
  const wanted: { scope: Scope; domain: string }[] = [
    { scope: 'system', domain: ROOT_DOMAIN },
    ...host.config.domains.map((domain) => ({ scope: 'domain' as const, domain })),
  ];
  for (const { scope, domain } of wanted)
    if ((await findDefaultKey(host, scope, domain)) === undefined)
      await createBackupKey(host, {
        scope,
        domain,
        isDefault: true,
        postQuantum: false,
        createdBy: 'holdfast',
      });
};
