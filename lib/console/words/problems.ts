/**
 * The refusals of the API in German, one sentence for each error code. The page shows the API's own sentence, which is
 * more exact, below it.
 */
import type { ErrorCode } from '../../model/errors.ts';
import { language } from './language.ts';

const german: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'Eine Angabe entspricht nicht den Regeln.',
  body_too_large: 'Die Anfrage ist größer, als sie sein darf.',
  unauthorized: 'Sie sind nicht oder nicht mehr angemeldet, oder Name, Passwort oder Token ist falsch.',
  forbidden: 'Das ist Ihnen nicht erlaubt.',
  too_many_attempts: 'Zu viele falsche Passwörter: Warten Sie, und versuchen Sie es dann noch einmal.',
  reauthentication_required: 'Sie haben sich nicht noch einmal ausgewiesen; darum ist nichts geschehen.',
  backup_token_refused: 'Das Sicherungs-Token fehlt, ist falsch oder gilt noch nicht.',
  approval_required: 'Das müssen zuerst andere genehmigen.',
  approval_stale: 'Die Genehmigung gilt nicht mehr, oder sie gilt für etwas anderes.',
  daily_limit: 'Heute wurden schon so viele Sicherungen begonnen, wie an einem Tag erlaubt sind.',
  not_found: 'Das gibt es hier nicht.',
  operation_running: 'Es läuft schon ein anderer Vorgang, und es läuft immer nur einer.',
  conflict: 'Das widerspricht dem, was schon da ist.',
  file_exists: 'Eine Datei dieses Namens ist schon da.',
  file_too_large:
    'Die Datei ist zu groß, um von hier heruntergeladen zu werden; die Kommandozeile holt sie aus dem Archiv.',
  not_ready: 'Das geht noch nicht; versuchen Sie es später noch einmal.',
  key_in_use: 'Es gibt noch Sicherungen, die nur dieser Schlüssel öffnet.',
  backup_held: 'Die Sicherung wird festgehalten.',
  incompatible_version: 'Das Archiv kommt von einer Version, die hier nicht wiederhergestellt werden kann.',
  restore_refused:
    'Die Wiederherstellung würde ändern, was sie nicht ändern darf, oder scheitern. Es wurde nichts geändert.',
  in_place_unconfirmed: 'Das würde laufende Daten überschreiben, und niemand hat das bestätigt.',
  in_place_disabled: 'Die Konfiguration erlaubt keine Wiederherstellung über laufende Daten.',
  archive_mismatch: 'Die Datei ist ein anderes Archiv als das erwartete.',
  backups_disabled: 'Sicherungen sind durch die Konfiguration abgeschaltet.',
  restores_disabled:
    'Wiederherstellungen sind durch die Konfiguration abgeschaltet; ein Probelauf geht noch.',
  place_not_allowed: 'Die Konfiguration erlaubt diesen Ort für Archive nicht.',
  place_unwritable: 'An diesem Ort lässt sich nicht schreiben.',
  component_unavailable: 'Eine Komponente ist nicht zu erreichen.',
  component_failed: 'Eine Komponente ist gescheitert.',
  tool_missing: 'Ein Programm, das eine Komponente braucht, ist nicht installiert.',
  storage_full: 'Dafür ist kein Platz mehr.',
  cancelled: 'Der Vorgang wurde abgebrochen.',
  interrupted: 'Der Vorgang wurde mittendrin unterbrochen.',
  unavailable: 'Das geht im Augenblick nicht; versuchen Sie es gleich noch einmal.',
  internal: 'In Holdfast ist etwas fehlgeschlagen; sein Log sagt mehr.',
  archive_cut: 'Das Archiv ist kürzer, als es sein sollte.',
  archive_damaged: 'Das Archiv ist beschädigt: Es enthält nicht die Bytes, die unterschrieben wurden.',
  archive_signature_invalid: 'Die Unterschrift passt nicht zum Archiv.',
  archive_signer_unknown: 'Das Archiv ist von einer Installation unterschrieben, der hier niemand vertraut.',
  wrong_key: 'Kein Schlüssel dieser Installation öffnet das Archiv.',
  wrong_passphrase: 'Diese Passphrase oder dieses Passwort öffnet es nicht.',
  not_in_archive: 'Das enthält die Sicherung nicht.',
};

/** The sentence for an error code in the current language; undefined: there is only the API's own English sentence. */
export const sentenceOfCode = (code: string): string | undefined =>
  language() === 'de' && Object.hasOwn(german, code) ? german[code as ErrorCode] : undefined;
