/** The texts of a plan, and the colours of its actions. */
import { translated } from '../../words/language.ts';
import type { Action } from './plan-tree.ts';

export const planWords = translated('plan', {
  en: {
    plan: 'What would happen',
    planned: 'What was planned',
    target: 'Goes to',
    create: 'created',
    overwrite: 'overwritten',
    skip: 'left as it is',
    refuse: 'refused',
    drop: 'dropped',
    entries: 'Entry by entry',
    path: 'Entry',
    action: 'What happens',
    allActions: 'everything',
    unlisted: (n: string) =>
      `${n === '1' ? '1 more entry is' : `${n} more entries are`} counted above, but not listed here.`,
    exchange: 'The database is replaced by a new one that takes its name.',
    transaction: 'The database is overwritten in one transaction.',
    none: 'This plan is empty.',
  },
  de: {
    plan: 'Was geschehen würde',
    planned: 'Was geplant war',
    target: 'Geht nach',
    create: 'angelegt',
    overwrite: 'überschrieben',
    skip: 'bleibt, wie es ist',
    refuse: 'abgelehnt',
    drop: 'entfernt',
    entries: 'Eintrag für Eintrag',
    path: 'Eintrag',
    action: 'Was geschieht',
    allActions: 'alles',
    unlisted: (n: string) =>
      `${n === '1' ? '1 weiterer Eintrag ist' : `${n} weitere Einträge sind`} oben gezählt, aber hier nicht aufgeführt.`,
    exchange: 'Die Datenbank wird durch eine neue ersetzt, die ihren Namen bekommt.',
    transaction: 'Die Datenbank wird in einer Transaktion überschrieben.',
    none: 'Dieser Plan ist leer.',
  },
});

export const actionTones: Readonly<Record<Action, string>> = {
  refuse: 'bad',
  drop: 'bad',
  overwrite: 'attention',
  create: 'good',
  skip: 'plain',
};
