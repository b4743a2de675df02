import { translated } from '../../words/language.ts';

export const words = translated('restores', {
  en: {
    menu: 'Restore',
    title: 'Bring something back',
    lead: 'Nothing is written until you have seen what would change and said yes.',
    newest: 'From one of the newest good backups',
    older: 'From an older one',
    olderHint: 'All backups, with filters by label, state and component.',
    none: 'There is no good backup to restore from.',
    noneHint: 'An archive from elsewhere can be brought in on the command line: holdfast backup upload',
    restore: 'Restore',
    restoreOf: (label: string, when: string) => `Restore from ${label}, ${when}`,
    history: 'Restores so far',
    noHistory: 'Nothing was ever restored. Try it beside the original, and see that it works.',
    dryRun: 'dry run',
    verified: 'verified',
  },
  de: {
    menu: 'Wiederherstellen',
    title: 'Etwas zurückholen',
    lead: 'Es wird nichts geschrieben, bevor Sie gesehen haben, was sich ändern würde, und zugestimmt haben.',
    newest: 'Aus einer der neuesten guten Sicherungen',
    older: 'Aus einer älteren',
    olderHint: 'Alle Sicherungen, mit Filtern nach Label, Zustand und Komponente.',
    none: 'Es gibt keine gute Sicherung, aus der wiederhergestellt werden könnte.',
    noneHint: 'Ein Archiv von anderswo lässt sich auf der Kommandozeile einlesen: holdfast backup upload',
    restore: 'Wiederherstellen',
    restoreOf: (label: string, when: string) => `Wiederherstellen aus ${label}, ${when}`,
    history: 'Bisherige Wiederherstellungen',
    noHistory:
      'Noch nie wurde etwas wiederhergestellt. Probieren Sie es neben dem Original aus, dann sehen Sie, dass es geht.',
    dryRun: 'Probelauf',
    verified: 'geprüft',
  },
});
