/**
 * What somebody may do, and the roles that are made of it. A route names the permission that it needs; none is given by
 * default.
 */

/** Every permission, with what it allows, as the API's document and the command line say it. */
export const permissions = {
  'installation.read': 'see which components are backed up, which operation runs and how the last one ended',
  'backup.create': 'start a backup, and cancel one',
  'backup.read': 'list backups and restores, and see their records and logs',
  'backup.contents': 'list the contents of an archive, and compare two archives',
  'backup.download': 'download an archive',
  'backup.upload': 'upload an archive and import it',
  'backup.verify': 'verify an archive against its signed manifest',
  'backup.hold': 'hold a backup, so that nothing deletes it, and release it',
  'backup.delete': 'delete a backup and its archive',
  'backup.reseal': 're-seal an archive to another backup key',
  'restore.plan': 'see what a restore would do',
  'restore.run': 'restore, and cancel a restore',
  'key.read': 'list backup keys and verify keys',
  'key.write': 'create a backup key, upload one, choose the default, and trust the signer of other archives',
  'key.export': 'download a backup key under a password',
  'key.delete': 'delete a backup key or a verify key',
  'schedule.read': 'list schedules, their next runs and the backups that retention would remove',
  'schedule.write': 'create, change, pause, run and delete schedules',
  'notice.read': 'list notices and their deliveries',
  'notice.write': 'send a notice again, and test a channel',
  'token.read': 'list tokens and people',
  'token.write': 'create and revoke tokens and people, with no more rights than one has oneself',
  'domain.read': 'list domains',
  'domain.write': 'create and remove domains',
  'policy.write': 'change the rules of approval and of retention',
  'approval.read': 'list requests for approval, and see the exact plan of each',
  'approval.grant': 'approve or reject the requests of others',
  'approval.break-glass':
    'act without the approval that is required, where the configuration allows it; everybody is notified',
  'audit.read': 'read, export and verify the audit trail',
  'metrics.read': 'read metrics',
} as const satisfies Readonly<Record<string, string>>;
export type Permission = keyof typeof permissions;
export const allPermissions = Object.keys(permissions) as readonly Permission[];

const looks = [
  'installation.read',
  'backup.read',
  'key.read',
  'schedule.read',
  'notice.read',
  'domain.read',
  'approval.read',
] as const satisfies readonly Permission[];

/**
 * Permissions beyond a single domain: a role for one domain does not have them. A permission to list or change records
 * of domains may leave this list once its code checks whose they are (lib/operations/access/permitted.ts).
 */
export const ofInstallation: readonly Permission[] = ['domain.write', 'approval.break-glass', 'metrics.read'];

/** The roles, each with what it may do. A role holds for the whole installation, or for one domain. */
export const roles = {
  administrator: allPermissions,
  'domain-administrator': allPermissions.filter((one) => !ofInstallation.includes(one)),
  /** Makes backups, but neither restores nor downloads. */
  operator: [...looks, 'backup.create', 'backup.verify', 'schedule.write', 'notice.write', 'restore.plan'],
  /** Reads, and changes nothing. */
  auditor: [...looks, 'backup.contents', 'backup.verify', 'token.read', 'audit.read', 'metrics.read'],
  /** Makes backups and downloads them: for a script that pulls. */
  puller: ['installation.read', 'backup.create', 'backup.read', 'backup.download'],
  /** Makes backups and sees how they end, and nothing else. */
  'backup-maker': ['installation.read', 'backup.create', 'backup.read'],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;
export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as [Role, ...Role[]];

/** What a thing belongs to: the domain of this name, or null for the whole installation. */
export type Home = string | null;

/** A role in one domain, or without `domain` in the whole installation. */
export interface Grant {
  readonly role: Role;
  readonly domain?: string | undefined;
}

/** What a grant's role allows where the grant holds. */
export const permissionsOf = ({ role, domain }: Grant): readonly Permission[] =>
  domain === undefined ? roles[role] : roles[role].filter((one) => !ofInstallation.includes(one));

const holdsIn = ({ domain }: Grant, home: Home | undefined): boolean =>
  domain === undefined || home === undefined || domain === home;

/** Whether the grants allow this for what belongs to `home`, or anywhere when `home` is not given. */
export const allows = (grants: readonly Grant[], permission: Permission, home?: Home): boolean =>
  grants.some((grant) => holdsIn(grant, home) && permissionsOf(grant).includes(permission));

/** Whether any of the grants holds in `home`, so that its holder may know that things exist there. */
export const reaches = (grants: readonly Grant[], home: Home): boolean =>
  grants.some((grant) => holdsIn(grant, home));

/** Whether the grants already allow all that `wanted` would: nobody can give away more than they have. */
export const covers = (grants: readonly Grant[], wanted: Grant): boolean =>
  permissionsOf(wanted).every((permission) => allows(grants, permission, wanted.domain ?? null));

/** The domains in which the grants allow this; null: everywhere. */
export const domainsWith = (grants: readonly Grant[], permission: Permission): readonly string[] | null =>
  domainsOf(grants.filter((grant) => permissionsOf(grant).includes(permission)));

/** The domains in which the grants hold; null: everywhere. */
export const domainsOf = (grants: readonly Grant[]): readonly string[] | null => {
  const named = grants.flatMap(({ domain }) => (domain === undefined ? [] : [domain]));
  return named.length < grants.length ? null : [...new Set(named)];
};
