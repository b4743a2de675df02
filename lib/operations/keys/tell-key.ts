/** What people are told of keys: with a key somebody can read archives, with a trusted signature bring them in. */
import type { Principal } from '../../model/access/principal.ts';
import type { BackupKeyRecord, VerifyKeyRecord } from '../../model/records/keys.ts';
import type { TrustedSigner } from '../../model/records/seal.ts';
import type { Change } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { tell } from '../task/tell.ts';

type TellingHost = Pick<Host, 'config' | 'clock'>;
type By = Pick<Principal, 'name'>;

const about = ({ scope, domain }: BackupKeyRecord, { name: by }: By) => ({
  by,
  ...(scope === 'domain' && { domain }),
});

const scopeLine = ({ scope, domain }: BackupKeyRecord): string =>
  scope === 'domain'
    ? `It is for backups of the domain ${domain}.`
    : 'It is for backups of the whole installation.';

export const tellKey = {
  created: (host: TellingHost, key: BackupKeyRecord, by: By): Change =>
    tell(host, {
      type: 'key.created',
      title:
        key.importedFrom === null
          ? `${by.name} created the backup key ${key.id}`
          : `${by.name} uploaded the backup key ${key.id} of the installation ${key.importedFrom}`,
      ...about(key, by),
      lines: [scopeLine(key)],
      nextSteps: ['Keep a copy of it elsewhere:', `  holdfast key download ${key.id} --file ${key.id}.key`],
    }),

  exported: (host: TellingHost, key: BackupKeyRecord, by: By): Change =>
    tell(host, {
      type: 'key.exported',
      title: `${by.name} downloaded the backup key ${key.id}`,
      ...about(key, by),
      lines: [
        scopeLine(key),
        'Whoever has the file and its password can read all archives that are sealed to this key.',
      ],
      nextSteps: [
        'If this was not intended, seal new backups to another key:',
        '  holdfast key create --default',
      ],
    }),

  deleted: (host: TellingHost, key: BackupKeyRecord, by: By, lostBackups: number): Change =>
    tell(host, {
      type: 'key.deleted',
      title: `${by.name} deleted the backup key ${key.id}`,
      ...about(key, by),
      lines: [
        lostBackups === 0
          ? 'No backup here was sealed to it.'
          : `Backups that from now on open only with a key file of it: ${lostBackups}.`,
      ],
    }),
};

export const tellTrust = {
  /** Trust in all archives of an installation, from now on. */
  ofInstallation: (host: TellingHost, { id, installation }: VerifyKeyRecord, { name: by }: By): Change =>
    tell(host, {
      type: 'archive.trusted',
      title: `archives that the installation ${installation} has signed are trusted from now on`,
      by,
      lines: [`The SHA-256 of its verify key: ${id}`],
      nextSteps: ['If this was not intended:', `  holdfast verify-key delete ${id}`],
    }),

  /** Trust in one archive, once. */
  ofArchive: (
    host: TellingHost,
    backupId: string,
    { by, verifyKey, manifestSha256 }: TrustedSigner,
  ): Change =>
    tell(host, {
      type: 'archive.trusted',
      title: `${by} trusted an archive of an unknown signer for one operation: backup ${backupId}`,
      backupId,
      by,
      lines: [`signer: ${verifyKey}`, `SHA-256 of the manifest: ${manifestSha256}`],
    }),
};
