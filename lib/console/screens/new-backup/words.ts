import { translated } from '../../words/language.ts';

export const words = translated('new backup', {
  en: {
    title: 'Back up now',
    what: 'What to back up',
    everything: 'Everything',
    some: 'Only some components',
    labelHint: '3 to 25 of A–Z a–z 0–9 _ . -',
    descriptionHint: 'For whoever looks for it later.',
    encryption: 'Who can open it',
    byKey: 'This installation, with its default backup key',
    byPassphrase: 'Whoever knows a passphrase',
    passphraseHint: 'At least 12 characters. Nobody can reset it: without it the archive stays closed.',
    log: 'Keep the log of the run beside the archive',
    start: 'Start the backup',
    chooseOne: 'Choose at least one component.',
    busy: 'Something runs already, and one operation runs at a time. Watch it, then start this one.',
    watch: 'Watch it',
  },
  de: {
    title: 'Jetzt sichern',
    what: 'Was gesichert wird',
    everything: 'Alles',
    some: 'Nur einige Komponenten',
    labelHint: '3 bis 25 von A–Z a–z 0–9 _ . -',
    descriptionHint: 'Für alle, die sie später suchen.',
    encryption: 'Wer sie öffnen kann',
    byKey: 'Diese Installation, mit ihrem voreingestellten Sicherungsschlüssel',
    byPassphrase: 'Wer eine Passphrase kennt',
    passphraseHint:
      'Mindestens 12 Zeichen. Niemand kann sie zurücksetzen: Ohne sie bleibt das Archiv verschlossen.',
    log: 'Das Protokoll des Laufs neben dem Archiv aufheben',
    start: 'Sicherung starten',
    chooseOne: 'Wählen Sie mindestens eine Komponente.',
    busy: 'Es läuft schon etwas, und es läuft immer nur ein Vorgang. Sehen Sie ihm zu und starten Sie danach.',
    watch: 'Zusehen',
  },
});
