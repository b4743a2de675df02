import type { PrincipalKind } from '../../../model/access/principal.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { translated } from '../../words/language.ts';

export const words = translated('audit', {
  en: {
    title: 'Audit trail',
    lead: 'Who did what, to what, from where, and with which outcome; the newest first. The rows are chained and sealed: nobody can change one unnoticed.',
    principal: 'Who',
    principalHint: 'A name or an id.',
    action: 'Action',
    subject: 'What it was done to',
    subjectHint: 'Such as backups/…, or the id alone.',
    outcome: 'Outcome',
    any: 'any',
    from: 'Not before',
    to: 'Before',
    filter: 'Show',
    none: 'No row fits these filters.',
    older: 'Older rows',
    end: 'This is where the trail begins.',
    done: 'done',
    refused: 'refused',
    failed: 'failed',
    unknown: 'unknown',
    when: 'When',
    who: 'Who',
    what: 'What',
    nobody: 'nobody',
    from_: (source: string) => `from ${source}`,
    times: (n: string) => `${n} times`,
    row: (n: string) => `row ${n}`,
    export: 'Export',
    exporting: (n: string) => `Exported ${n} rows …`,
    exported: (n: string) => `Saved: ${n} rows, with the signed end of the trail.`,
    verify: 'Verify',
    verifying: (n: string) => `Verified ${n} rows …`,
    valid: (rows: string, seals: string) =>
      `The trail is whole and as it was written: ${rows} rows, ${seals} signed ends.`,
    invalid: (n: string) => `The trail is not as it was written: ${n === '1' ? '1 fault' : `${n} faults`}.`,
  },
  de: {
    title: 'Prüfspur',
    lead: 'Wer was womit getan hat, von wo und mit welchem Ausgang; das Neueste zuerst. Die Zeilen sind verkettet und besiegelt: Keine lässt sich unbemerkt ändern.',
    principal: 'Wer',
    principalHint: 'Ein Name oder eine Kennung.',
    action: 'Handlung',
    subject: 'Woran',
    subjectHint: 'Etwa backups/…, oder die Kennung allein.',
    outcome: 'Ausgang',
    any: 'jeder',
    from: 'Nicht vor',
    to: 'Vor',
    filter: 'Zeigen',
    none: 'Keine Zeile passt zu diesen Filtern.',
    older: 'Ältere Zeilen',
    end: 'Hier beginnt die Spur.',
    done: 'getan',
    refused: 'abgelehnt',
    failed: 'gescheitert',
    unknown: 'unbekannt',
    when: 'Wann',
    who: 'Wer',
    what: 'Was',
    nobody: 'niemand',
    from_: (source: string) => `von ${source}`,
    times: (n: string) => `${n} mal`,
    row: (n: string) => `Zeile ${n}`,
    export: 'Exportieren',
    exporting: (n: string) => `${n} Zeilen exportiert …`,
    exported: (n: string) => `Gespeichert: ${n} Zeilen, mit dem unterschriebenen Ende der Spur.`,
    verify: 'Prüfen',
    verifying: (n: string) => `${n} Zeilen geprüft …`,
    valid: (rows: string, seals: string) =>
      `Die Spur ist ganz und so, wie sie geschrieben wurde: ${rows} Zeilen, ${seals} unterschriebene Enden.`,
    invalid: (n: string) => `Die Spur ist nicht so, wie sie geschrieben wurde: ${n} Fehler.`,
  },
});

const kindWords = translated('kinds of actors', {
  en: {
    token: 'token',
    person: 'person',
    schedule: 'schedule',
    trigger: 'trigger',
    host: 'the installation itself',
  } satisfies Record<PrincipalKind, string>,
  de: {
    token: 'Token',
    person: 'Mensch',
    schedule: 'Zeitplan',
    trigger: 'Auslöser',
    host: 'die Installation selbst',
  },
});

/** The kind of an actor. A kind that only a later version knows is shown by its own name. */
export const kindOfActor = (kind: string): string =>
  (kindWords() as Record<string, string>)[kind] ?? visible(kind);
