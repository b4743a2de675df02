/** What an event says to a person by e-mail: plain text, the outcome in the subject, the next step at the end. */
import type { EventRecord } from '../model/records/event.ts';
import { visible, visibleLines } from '../model/visible-text.ts';

export interface Mail {
  subject: string;
  text: string;
  /** The same for every attempt to send one event, so that a mailbox can tell a repeat. */
  messageId: string;
}

const outcomes: Readonly<Record<EventRecord['state'], string>> = {
  IN_PROGRESS: 'is running',
  SUCCESS: 'succeeded',
  PARTIAL: 'is PARTIAL',
  FAILED: 'FAILED',
  CANCELLED: 'was cancelled',
};

const nextSteps: Readonly<Record<EventRecord['type'], (event: EventRecord) => string[]>> = {
  'backup.succeeded': () => ['Nothing to do: the archive was read back and verified.'],
  'backup.partial': ({ backupId }) => [
    'The archive is whole and verified, but some things are not in it. See which, and why:',
    `  holdfast backup show ${backupId}`,
  ],
  'backup.failed': ({ backupId }) => [
    'There is NO archive of this run. See what failed, and start again when it is put right:',
    `  holdfast backup show ${backupId}`,
    '  holdfast backup create --wait',
  ],
  'backup.cancelled': () => [
    'There is no archive of this run. To start another:',
    '  holdfast backup create --wait',
  ],
  'restore.succeeded': ({ operationId }) => [
    'See what was restored, and what is to be restarted now:',
    `  holdfast restore show ${operationId}`,
  ],
  'restore.partial': ({ operationId }) => [
    'Some things were not restored. See which, and why:',
    `  holdfast restore show ${operationId}`,
  ],
  'restore.failed': ({ operationId }) => [
    'The target may hold some of what was to be restored. See how far it came; it can be run again:',
    `  holdfast restore show ${operationId}`,
  ],
  'restore.cancelled': ({ operationId }) => [
    'The target may hold some of what was to be restored. See how far it came:',
    `  holdfast restore show ${operationId}`,
  ],
  'verify.succeeded': () => ['Nothing to do: every byte that was read is as it was written.'],
  'verify.failed': ({ backupId }) => [
    'Do not count on this archive. Make a new backup, and look at the disk this one lies on:',
    `  holdfast backup show ${backupId}`,
    '  holdfast backup create --wait',
  ],
  'import.succeeded': ({ backupId }) => [
    'The archive was verified and is listed with the others:',
    `  holdfast backup show ${backupId}`,
  ],
  'import.failed': () => [
    'It is not listed as a backup. What arrived is kept for a day: look at the file that was sent, and upload it again.',
  ],
  'import.cancelled': () => ['It is not listed as a backup. It can be uploaded again.'],
  'reseal.succeeded': ({ backupId }) => [
    'The archive opens with its new key now; the former one is no longer needed for it:',
    `  holdfast backup show ${backupId}`,
  ],
  'reseal.failed': ({ backupId }) => [
    'The archive is whole, under the key it had or under the new one. See which; it can be tried again:',
    `  holdfast backup show ${backupId}`,
  ],
  'reseal.cancelled': ({ backupId }) => [
    'The archive is whole, under the key it had or under the new one. See which:',
    `  holdfast backup show ${backupId}`,
  ],
  'verify.cancelled': ({ backupId }) => [
    'To verify it another time:',
    `  holdfast backup verify ${backupId}`,
  ],
};

/** A header line: no control characters, and not longer than mail programs show. */
const oneLine = (text: string): string => {
  const plain = visible(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim());
  return plain.length > 150 ? `${plain.slice(0, 149)}…` : plain;
};

export const mailFor = (event: EventRecord): Mail => {
  const [what = 'operation'] = event.type.split('.');
  const outcome = outcomes[event.state];
  const error = event.shortError === '' ? '' : `: ${event.shortError}`;
  const own = event.operationId === event.backupId ? [] : [`Operation:    ${event.operationId}`];
  return {
    subject: oneLine(`[Holdfast ${event.installation}] ${what} of ${event.backupId} ${outcome}${error}`),
    text: [
      `The ${what} of ${event.backupId} ${outcome}.`,
      ...(event.shortError === '' ? [] : ['', visible(event.shortError)]),
      ...(event.summary === '' ? [] : ['', visibleLines(event.summary.trimEnd())]),
      '',
      ...nextSteps[event.type](event),
      '',
      `Installation: ${event.installation}`,
      `Backup:       ${event.backupId}`,
      ...own,
      `At:           ${event.at}`,
      '',
    ].join('\n'),
    messageId: `<${event.id}@${event.installation}.holdfast>`,
  };
};
