/** An event as e-mail, in plain text and in HTML: what happened in the subject, the next steps at the end. */
import { type EventRecord, eventTable } from '../../model/records/event.ts';
import { visible, visibleLines } from '../../model/text/visible-text.ts';
import { mailHtml } from './mail-html.ts';

export interface Mail {
  subject: string;
  text: string;
  /** The same as HTML, which fetches nothing from anywhere. */
  html: string;
  /** The same for every attempt to send one event, so that a mailbox can recognise a repeat. */
  messageId: string;
}

/** Titles for events of earlier versions, which have none. */
const outcomes: Readonly<Record<NonNullable<EventRecord['state']>, string>> = {
  IN_PROGRESS: 'is running',
  SUCCESS: 'succeeded',
  PARTIAL: 'is PARTIAL',
  FAILED: 'FAILED',
  CANCELLED: 'was cancelled',
};

/** What happened, in one line. */
export const titleOf = ({ title, type, backupId = '', state }: EventRecord): string => {
  if (title !== undefined) return visible(title);
  const [what = 'operation'] = type.split('.');
  return `${what} of ${backupId} ${state === undefined ? '' : outcomes[state]}`.trimEnd();
};

/**
 * A link to the page that shows what an event is about; the page asks for a sign-in first. Undefined without a base.
 */
export const linkOf = (
  { backupId, operationId, type }: EventRecord,
  baseUrl: string | undefined,
): string | undefined => {
  if (baseUrl === undefined) return undefined;
  const place =
    type.startsWith('restore.') && operationId !== undefined
      ? `restores/${encodeURIComponent(operationId)}`
      : backupId === undefined
        ? ''
        : `backups/${encodeURIComponent(backupId)}`;
  return `${baseUrl.replace(/\/$/, '')}/console/#/${place}`;
};

/** A header line: without control characters, and no longer than mail programs show. */
const oneLine = (text: string): string => {
  const plain = visible(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim());
  return plain.length > 150 ? `${plain.slice(0, 149)}…` : plain;
};

const factsOf = (event: EventRecord): (readonly [name: string, value: string])[] =>
  (
    [
      ['Installation', event.installation],
      ['Domain', event.domain],
      ['Backup', event.backupId],
      ['Operation', event.operationId === event.backupId ? undefined : event.operationId],
      ['Schedule', event.scheduleId],
      ['By', event.by],
      ['At', event.at],
    ] as const
  ).flatMap(([name, value]) => (value === undefined ? [] : [[name, visible(value)] as const]));

export const mailFor = (event: EventRecord, baseUrl?: string): Mail => {
  const title = titleOf(event);
  const sentence = `${event.state === undefined ? title : `The ${title}`}.`;
  const error = event.shortError === '' ? '' : `: ${event.shortError}`;
  const parts = {
    sentence,
    level: eventTable[event.type].level,
    shortError: visible(event.shortError),
    summary: visibleLines(event.summary.trimEnd()),
    nextSteps: (event.nextSteps ?? []).map(visible),
    facts: factsOf(event),
    link: linkOf(event, baseUrl),
  };
  return {
    subject: oneLine(`[Holdfast ${event.installation}] ${title}${error}`),
    text: textOf(parts),
    html: mailHtml(parts),
    messageId: `<${event.id}@${event.installation}.holdfast>`,
  };
};

type Parts = Parameters<typeof mailHtml>[0];

const textOf = ({ sentence, shortError, summary, nextSteps, facts, link }: Parts): string =>
  [
    sentence,
    ...(shortError === '' ? [] : ['', shortError]),
    ...(summary === '' ? [] : ['', summary]),
    '',
    ...(nextSteps.length === 0 ? [] : [...nextSteps, '']),
    ...(link === undefined ? [] : ['See it (sign-in required):', `  ${link}`, '']),
    ...facts.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`),
    '',
  ].join('\n');
