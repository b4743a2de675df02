/** The choice of a role. Each role says what it is for. */
import type { Role } from '../../../model/access/permissions.ts';
import { translated } from '../../words/language.ts';
import { Select } from './field.tsx';

const roleWords = translated('roles', {
  en: {
    administrator: 'may do everything',
    'domain-administrator': 'may do everything in one domain',
    operator: 'makes backups, but neither restores nor downloads them',
    auditor: 'looks at everything, and changes nothing',
    puller: 'makes backups and downloads them',
    'backup-maker': 'makes backups',
  } satisfies Record<Role, string>,
  de: {
    administrator: 'darf alles',
    'domain-administrator': 'darf alles in einer Domain',
    operator: 'macht Sicherungen, stellt aber nichts wieder her und lädt nichts herunter',
    auditor: 'sieht alles an und ändert nichts',
    puller: 'macht Sicherungen und lädt sie herunter',
    'backup-maker': 'macht Sicherungen',
  },
});

const isRole = (text: string): text is Role => Object.hasOwn(roleWords(), text);

export const RoleSelect = ({
  label,
  value,
  onValue,
}: {
  readonly label: string;
  readonly value: Role;
  readonly onValue: (role: Role) => void;
}) => (
  <Select
    label={label}
    value={value}
    onValue={(chosen) => isRole(chosen) && onValue(chosen)}
    options={Object.entries(roleWords()).map(([role, text]) => [role, `${role}: ${text}`] as const)}
  />
);
