/**
 * Sentences of the API that lists show, in German: why retention keeps or removes a backup, and what a schedule does when
 * clocks change. A sentence that is not known here stays as it is, and is marked as English.
 */
import { zonedTime } from '../shown/times.ts';
import { language } from './language.ts';
import { stateWords } from './shared.ts';

export interface Sentence {
  readonly text: string;
  /** The language of the text, if it is not that of the page. */
  readonly lang?: 'en';
}

const periods: Readonly<Record<string, string>> = {
  last: 'Letzte',
  hourly: 'Stündlich',
  daily: 'Täglich',
  weekly: 'Wöchentlich',
  monthly: 'Monatlich',
  yearly: 'Jährlich',
};

/** How a backup ended: the word for a state such as `SUCCESS`, or for `overwritten`. */
const end = (name = ''): string =>
  name === 'overwritten' ? 'überschrieben' : ((stateWords() as Record<string, string>)[name] ?? name);

type German = readonly [of: RegExp, say: (...found: readonly string[]) => string];

const german: readonly German[] = [
  [
    /^(last|hourly|daily|weekly|monthly|yearly) (\d+) of (\d+)(, as the oldest)?$/,
    (rule = '', n, of, oldest) =>
      `${periods[rule]}: ${n} von ${of}${oldest === undefined ? '' : ', als älteste'}`,
  ],
  [/^within (\S+) of the newest$/, (length) => `weniger als ${length} vor der neuesten`],
  [
    /^the last verified (imported )?backup of "(.+?)"(, in part)?$/,
    (imported, id, part) =>
      `die letzte geprüfte${imported === undefined ? '' : ' eingelesene'} Sicherung von „${id}“${part === undefined ? '' : ', zum Teil'}`,
  ],
  [/^held by (.*?): (.*)$/s, (who, why) => `festgehalten von ${who}: ${why}`],
  [/^locked until (\S+)$/, (until = '') => `gesperrt bis ${zonedTime(until)}`],
  [
    /^the newest, (\S+), is not verified \((\w+)\)$/,
    (id, state) => `die neueste, ${id}, ist nicht geprüft (${end(state)})`,
  ],
  [/^it is running$/, () => 'sie läuft noch'],
  [/^(\w+), and no newer one counts$/, (state) => `${end(state)}, und keine neuere zählt`],
  [
    /^(\w+), and not older than all that count$/,
    (state) => `${end(state)}, und nicht älter als alle, die zählen`,
  ],
  [/^asked for by (.*)$/s, (who) => `gewünscht von ${who}`],
  [/^no rule keeps it$/, () => 'keine Regel behält sie'],
  [
    /^(\w+), which does not count here, and a newer one does$/,
    (state) => `${end(state)}, was hier nicht zählt, und eine neuere zählt`,
  ],
  [/^(\w+), and older than all that count$/, (state) => `${end(state)}, und älter als alle, die zählen`],
  [
    /^on (\S+) the clocks of (\S+) skip from (\S+) to (\S+), so that there is no (\S+): it runs at (\S+) instead$/,
    (day, zone, from, to, time, instead) =>
      `am ${day} springen die Uhren von ${zone} von ${from} auf ${to}, und ${time} gibt es nicht: Er läuft dann um ${instead}`,
  ],
  [
    /^on (\S+) the clocks of (\S+) go back from (\S+) to (\S+), so that (\S+) comes twice: it runs the first time only$/,
    (day, zone, from, to, time) =>
      `am ${day} gehen die Uhren von ${zone} von ${from} auf ${to} zurück, und ${time} kommt zweimal: Er läuft nur beim ersten Mal`,
  ],
];

/** The sentence in the language of the page. */
export const translatedSentence = (sentence: string): Sentence => {
  if (language() === 'en') return { text: sentence };
  for (const [of, say] of german) {
    const found = of.exec(sentence);
    if (found !== null) return { text: say(...found.slice(1)) };
  }
  return { text: sentence, lang: 'en' };
};
