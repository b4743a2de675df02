import { translated } from '../../words/language.ts';

export const words = translated('new backup', {
  en: {
    title: 'Back up now',
    what: 'What to back up',
    everything: 'Everything',
    some: 'Only some components',
    labelHint: '3 to 25 characters of A–Z a–z 0–9 _ . -',
    descriptionHint: 'For people who look for this backup later.',
    encryption: 'Who can open it',
    byKey: 'This installation, with its default backup key',
    byPassphrase: 'People who know a passphrase',
    passphraseHint: 'At least 12 characters. Nobody can reset it: without it the archive stays closed.',
    log: 'Keep the log of the run beside the archive',
    start: 'Start the backup',
    chooseOne: 'Choose at least one component.',
    busy: 'Another operation is running, and only one runs at a time. Wait until it ends, then start this backup.',
    watch: 'Watch it',
  },
  de: {
    title: 'Jetzt sichern',
    what: 'Was gesichert wird',
    everything: 'Alles',
    some: 'Nur einige Komponenten',
    labelHint: '3 bis 25 Zeichen aus A–Z a–z 0–9 _ . -',
    descriptionHint: 'Für Menschen, die diese Sicherung später suchen.',
    encryption: 'Wer sie öffnen kann',
    byKey: 'Diese Installation, mit ihrem voreingestellten Sicherungsschlüssel',
    byPassphrase: 'Wer eine Passphrase kennt',
    passphraseHint:
      'Mindestens 12 Zeichen. Niemand kann sie zurücksetzen: Ohne sie bleibt das Archiv verschlossen.',
    log: 'Das Protokoll des Laufs neben dem Archiv aufheben',
    start: 'Sicherung starten',
    chooseOne: 'Wählen Sie mindestens eine Komponente.',
    busy: 'Es läuft schon ein anderer Vorgang, und es läuft immer nur einer. Warten Sie, bis er endet, und starten Sie dann diese Sicherung.',
    watch: 'Zusehen',
  },
});
