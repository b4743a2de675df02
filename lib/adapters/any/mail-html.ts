/** Makes a mail's HTML, readable on a phone: one column, a plain table, no image, and nothing that is fetched. */
import type { EventLevel } from '../../model/records/event.ts';

interface MailParts {
  readonly sentence: string;
  readonly level: EventLevel;
  readonly shortError: string;
  /** One or more lines. */
  readonly summary: string;
  /** One line for each; a command is indented by two blanks. */
  readonly nextSteps: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly link: string | undefined;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);

/** Each colour has enough contrast with a light or a dark page. */
const colours: Readonly<Record<EventLevel, string>> = {
  info: '#1a7f37',
  warning: '#9a6700',
  error: '#cf222e',
};

const PAGE =
  "margin:0 auto;padding:16px;max-width:640px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const CODE =
  'margin:12px 0;padding:12px;border:1px solid #8c959f;border-radius:6px;font:14px/1.45 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;word-break:break-word';
const NAME = 'padding:2px 12px 2px 0;text-align:left;vertical-align:top;font-weight:600;white-space:nowrap';
const VALUE = 'padding:2px 0;vertical-align:top;word-break:break-word';

export const mailHtml = ({
  sentence,
  level,
  shortError,
  summary,
  nextSteps,
  facts,
  link,
}: MailParts): string =>
  [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(sentence)}</title>`,
    '</head>',
    `<body style="${PAGE}">`,
    `<h1 style="margin:0 0 12px;padding-left:12px;border-left:4px solid ${colours[level]};font-size:20px;line-height:1.3;word-break:break-word">${escaped(sentence)}</h1>`,
    ...(shortError === ''
      ? []
      : [`<p style="word-break:break-word"><strong>${escaped(shortError)}</strong></p>`]),
    ...(summary === '' ? [] : [`<pre style="${CODE}">${escaped(summary)}</pre>`]),
    ...nextSteps.map((line) =>
      line.startsWith('  ')
        ? `<pre style="${CODE}">${escaped(line.trim())}</pre>`
        : `<p style="margin:12px 0 0">${escaped(line)}</p>`,
    ),
    ...(link === undefined ? [] : [`<p><a href="${escaped(link)}">See it</a> (sign-in required).</p>`]),
    '<table role="presentation" style="margin-top:16px;border-collapse:collapse;font-size:14px">',
    ...facts.map(
      ([name, value]) =>
        `<tr><th scope="row" style="${NAME}">${escaped(name)}</th><td style="${VALUE}">${escaped(value)}</td></tr>`,
    ),
    '</table>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
