/** The texts of approvals: for their own screens, and for every place where something waits for an approval. */
import type { ApprovalAction, ApprovalState } from '../../model/records/approval.ts';
import { translated } from './language.ts';

type OfStates = Record<ApprovalState | ApprovalAction, string>;

export const approvalWords = translated('approval', {
  en: {
    WAITING: 'waiting',
    APPROVED: 'approved',
    USED: 'used',
    REJECTED: 'rejected',
    WITHDRAWN: 'withdrawn',
    EXPIRED: 'expired',
    restore: 'Restore',
    'key.export': 'Download a key file',
    'key.delete': 'Delete a key',
    'backup.delete': 'Delete a backup',
    'backup.release': 'Release a held backup',
    'policy.change': 'Change what retention keeps',
    needed: 'Somebody else has to approve this first',
    wait: 'Nothing was done yet. The request is stored and waits for another person.',
    again: 'It is approved. Press the same button again to do it.',
    over: (state: string) => `The request is ${state}. Press the same button to ask again.`,
    toRequest: 'Show the request for approval',
    noDryRun:
      'Other people have to approve this restore. They approve the plan of a dry run that is at most an hour old. Make the dry run again, and then press the button again.',
  } satisfies OfStates & Record<string, unknown>,
  de: {
    WAITING: 'wartet',
    APPROVED: 'genehmigt',
    USED: 'verwendet',
    REJECTED: 'abgelehnt',
    WITHDRAWN: 'zurückgezogen',
    EXPIRED: 'abgelaufen',
    restore: 'Wiederherstellen',
    'key.export': 'Schlüsseldatei herunterladen',
    'key.delete': 'Schlüssel löschen',
    'backup.delete': 'Sicherung löschen',
    'backup.release': 'Festgehaltene Sicherung freigeben',
    'policy.change': 'Ändern, was die Aufbewahrung behält',
    needed: 'Das muss zuerst jemand anders genehmigen',
    wait: 'Noch ist nichts geschehen. Die Anfrage ist gespeichert und wartet auf eine andere Person.',
    again: 'Es ist genehmigt. Drücken Sie denselben Knopf noch einmal, um es zu tun.',
    over: (state: string) => `Die Anfrage ist ${state}. Drücken Sie denselben Knopf, um neu zu fragen.`,
    toRequest: 'Anfrage um Genehmigung zeigen',
    noDryRun:
      'Andere müssen diese Wiederherstellung genehmigen. Sie genehmigen den Plan eines Probelaufs, der höchstens eine Stunde alt ist. Machen Sie den Probelauf noch einmal, und drücken Sie dann den Knopf noch einmal.',
  },
});
