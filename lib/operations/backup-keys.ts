import { generateBackupKey } from '../archive/age-header.ts';
import { HoldfastError } from '../model/errors.ts';
import { newId } from '../model/ids.ts';
import { type BackupKeyRecord, ROOT_DOMAIN, type Scope } from '../model/records.ts';
import { type Change, put } from '../ports/catalog.ts';
import { timestamp } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { EncryptionContext } from '../ports/key-vault.ts';

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
  const changes: Change[] = [put('key', record, 'absent')];
  if (wanted.isDefault) {
    const former = await findDefaultKey(host, wanted.scope, wanted.domain);
    if (former !== undefined) changes.push(put('key', { ...former, isDefault: false }, 'present'));
  }
  await host.catalog.commit(changes);
  return record;
};

export const keysOf = async (host: Host, scope: Scope, domain: string): Promise<BackupKeyRecord[]> =>
  (await host.catalog.list('key', { group: `${scope}/${domain}` })).records;

const findDefaultKey = async (
  host: Host,
  scope: Scope,
  domain: string,
): Promise<BackupKeyRecord | undefined> =>
  (await keysOf(host, scope, domain)).find(({ isDefault }) => isDefault);

/** The key a request names, or the default of its scope. @throws `not_found`, `invalid_request` */
export const keyForBackup = async (
  host: Host,
  { keyId, scope, domain }: { keyId?: string | undefined; scope: Scope; domain: string },
): Promise<BackupKeyRecord> => {
  if (keyId === undefined) {
    const found = await findDefaultKey(host, scope, domain);
    if (found === undefined)
      throw new HoldfastError(
        'not_found',
        `there is no default backup key of scope ${scope} in domain "${domain}"; create one with: holdfast key create --scope ${scope} --default`,
      );
    return found;
  }
  const named = (await host.catalog.get('key', keyId))?.record;
  if (named === undefined)
    throw new HoldfastError('not_found', `there is no backup key with the id "${keyId}"`);
  if (named.scope !== scope || named.domain !== domain)
    throw new HoldfastError(
      'invalid_request',
      `backup key "${keyId}" is of scope ${named.scope} in domain "${named.domain}"; this backup is of scope ${scope} in domain "${domain}"`,
    );
  return named;
};

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
    if ((await keysOf(host, scope, domain)).length === 0)
      await createBackupKey(host, {
        scope,
        domain,
        isDefault: true,
        postQuantum: false,
        createdBy: 'holdfast',
      });
};
