import type { Role } from '../../../model/access/permissions.ts';
import { translated } from '../../words/language.ts';

export const words = translated('tokens', {
  en: {
    title: 'Tokens',
    lead: 'Each program and each person signs in by a token of their own, with the least role that is enough.',
    name: 'Name',
    role: 'Role',
    everywhere: 'the whole installation',
    made: 'Made',
    ends: 'Ends',
    used: 'Last used',
    neverEnds: 'when it is revoked',
    actions: 'Actions',
    revoke: 'Revoke',
    revokeOf: (name: string) => `Revoke ${name}`,
    revokeTitle: 'Revoke this token?',
    revokeText: (name: string) =>
      `Whatever signs in by “${name}” is refused from now on, and sessions that were begun with it end at once.`,
    create: 'Make a token',
    days: 'Days until it ends',
    daysHint: 'Empty: it lasts until it is revoked.',
    createNow: 'Make it',
    shownOnce: 'This is the token, shown this once. Nobody can show it again.',
  },
  de: {
    title: 'Tokens',
    lead: 'Jedes Programm und jeder Mensch meldet sich mit einem eigenen Token an, mit der kleinsten Rolle, die reicht.',
    name: 'Name',
    role: 'Rolle',
    everywhere: 'die ganze Installation',
    made: 'Gemacht',
    ends: 'Endet',
    used: 'Zuletzt benutzt',
    neverEnds: 'wenn es widerrufen wird',
    actions: 'Aktionen',
    revoke: 'Widerrufen',
    revokeOf: (name: string) => `${name} widerrufen`,
    revokeTitle: 'Dieses Token widerrufen?',
    revokeText: (name: string) =>
      `Was sich mit „${name}“ anmeldet, wird von jetzt an abgewiesen, und Sitzungen, die damit begonnen wurden, enden sofort.`,
    create: 'Ein Token machen',
    days: 'Tage, bis es endet',
    daysHint: 'Leer: Es gilt, bis es widerrufen wird.',
    createNow: 'Machen',
    shownOnce: 'Das ist das Token; es wird nur dieses eine Mal gezeigt. Niemand kann es wieder zeigen.',
  },
});

/** What each role is for, as the choice of one says it. */
export const roleWords = translated('roles', {
  en: {
    administrator: 'may do everything',
    'domain-administrator': 'may do everything in one domain',
    operator: 'backs up, and neither restores nor downloads',
    auditor: 'looks, and changes nothing',
    puller: 'makes backups and fetches them',
    'backup-maker': 'makes backups',
  } satisfies Record<Role, string>,
  de: {
    administrator: 'darf alles',
    'domain-administrator': 'darf alles in einer Domain',
    operator: 'sichert, stellt nichts wieder her und lädt nichts herunter',
    auditor: 'sieht alles an und ändert nichts',
    puller: 'macht Sicherungen und holt sie ab',
    'backup-maker': 'macht Sicherungen',
  },
});
