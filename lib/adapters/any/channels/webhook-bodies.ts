/** The bodies of webhooks, by format. A new format is a line in the table. */
import type { webhookFormats } from '../../../model/config/notification-settings.ts';
import { type EventRecord, eventTable } from '../../../model/records/event.ts';
import { visibleLines } from '../../../model/text/visible-text.ts';
import { eventBody } from '../event-body.ts';
import { linkOf, titleOf } from '../event-mail.ts';

type Format = (typeof webhookFormats)[number];

interface Body {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Most characters of a chat message, which allows a few thousand; the link leads to the rest. */
const MOST_CHARACTERS = 2500;

const json = (value: unknown): Body => ({
  text: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

const marks = { info: '✅', warning: '⚠️', error: '❌' } as const;
const headline = (event: EventRecord): string =>
  `${marks[eventTable[event.type].level]} [${event.installation}] ${titleOf(event)}`;

/** The error, the summary and the next steps, cut to the characters that chat allows. */
const linesOf = ({ shortError, summary, nextSteps = [] }: EventRecord): string => {
  const text = visibleLines(
    [shortError, summary.trimEnd(), nextSteps.join('\n')].filter((one) => one !== '').join('\n\n'),
  );
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
};

/** Slack uses these three as its own signs; text between < and > would be a link or a call to everybody. */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** In a card's field these signs would be formatting, or a link. */
const teamsText = (text: string): string => text.replaceAll(/[\\[\]()*_~`#|<>]/g, '\\$&');

const priorities = { info: '2', warning: '4', error: '5' } as const;

export const webhookBodies: Readonly<Record<Format, (event: EventRecord, baseUrl?: string) => Body>> = {
  standard: (event) => {
    const { type, at } = event;
    return json({ type, timestamp: at, data: eventBody(event) });
  },
  slack: (event, baseUrl) => {
    const link = linkOf(event, baseUrl);
    const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
    const lines = linesOf(event).replaceAll('```', "'''");
    return json({
      text: slackText(headline(event)),
      blocks: [
        section(`*${slackText(headline(event)).replaceAll('*', '∗')}*`),
        ...(lines === '' ? [] : [section(`\`\`\`${slackText(lines)}\`\`\``)]),
        ...(link === undefined ? [] : [section(`<${slackText(link)}|See it>`)]),
      ],
    });
  },
  teams: (event, baseUrl) => {
    const link = linkOf(event, baseUrl);
    const block = (text: string, more: object) => ({
      type: 'TextBlock',
      text: teamsText(text),
      wrap: true,
      ...more,
    });
    return json({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            body: [
              block(headline(event), { weight: 'Bolder' }),
              ...linesOf(event)
                .split('\n')
                .filter((line) => line.trim() !== '')
                .map((line) => block(line, { fontType: 'Monospace', spacing: 'None' })),
            ],
            actions: link === undefined ? [] : [{ type: 'Action.OpenUrl', title: 'See it', url: link }],
          },
        },
      ],
    });
  },
  ntfy: (event, baseUrl) => {
    const link = linkOf(event, baseUrl);
    return {
      text: linesOf(event) || titleOf(event),
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        // A header allows no other characters unencoded; ntfy reads RFC 2047's encoding of them.
        title: `=?UTF-8?B?${Buffer.from(`[${event.installation}] ${titleOf(event)}`.slice(0, 150)).toString('base64')}?=`,
        priority: priorities[eventTable[event.type].level],
        ...(link !== undefined && { click: link }),
      },
    };
  },
};
