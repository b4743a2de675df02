import { translated } from '../../words/language.ts';

export const words = translated('domains', {
  en: {
    title: 'Domains',
    lead: 'Parts of the installation that are kept apart, each with its own backups, keys and people.',
    none: 'There is no domain.',
    name: 'Domain',
    components: 'Components',
    noComponents: 'none',
    source: 'Where it comes from',
    configuration: 'the configuration',
    made: (who: string) => `made by ${who}`,
    actions: 'Actions',
    create: 'Make a domain',
    createHint: 'It gets a default backup key of its own.',
    nameHint: '1 to 63 characters of A–Z a–z 0–9 _ . -, beginning with a letter or a digit.',
    createNow: 'Make it',
    remove: 'Remove',
    removeTitle: 'Remove this domain?',
    removeText: (name: string) =>
      `“${name}” can be removed only while it is empty: without backups and schedules, and with nobody who has a role in it.`,
    deleteKeys: 'Also delete its backup keys',
    deleteKeysHint: 'Without these keys, archives that are kept elsewhere may never open again.',
  },
  de: {
    title: 'Domains',
    lead: 'Teile der Installation, die voneinander getrennt sind, jeder mit eigenen Sicherungen, Schlüsseln und Menschen.',
    none: 'Es gibt keine Domain.',
    name: 'Domain',
    components: 'Komponenten',
    noComponents: 'keine',
    source: 'Woher sie kommt',
    configuration: 'aus der Konfiguration',
    made: (who: string) => `gemacht von ${who}`,
    actions: 'Aktionen',
    create: 'Eine Domain machen',
    createHint: 'Sie bekommt einen eigenen voreingestellten Sicherungsschlüssel.',
    nameHint: '1 bis 63 Zeichen aus A–Z a–z 0–9 _ . -, am Anfang ein Buchstabe oder eine Ziffer.',
    createNow: 'Machen',
    remove: 'Entfernen',
    removeTitle: 'Diese Domain entfernen?',
    removeText: (name: string) =>
      `„${name}“ wird nur entfernt, solange sie leer ist: keine Sicherung, kein Zeitplan, niemand mit einer Rolle darin.`,
    deleteKeys: 'Auch ihre Sicherungsschlüssel löschen',
    deleteKeysHint:
      'Ohne diese Schlüssel lassen sich Archive, die anderswo liegen, vielleicht nie wieder öffnen.',
  },
});
