import { describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../lib/model/config/config-faults.ts';
import { parseConfigText } from '../../lib/model/config/config-text.ts';

const parse = (text: string): unknown => parseConfigText(Buffer.from(text));

describe('the text of a configuration', () => {
  test('may begin with a byte order mark', () => {
    expect(parse('\ufeff{"backups":true}')).toEqual({ backups: true });
  });

  test.each([
    ['{"backups":true,\n"backups":false}', 'has the key "backups" twice in one object, again on line 2'],
    ['[{"a":[{"b":1,"c":{},"\\u0062":2}]}]', 'has the key "b" twice'],
    ['{"a":"}","a":1}', 'has the key "a" twice'],
    ['', 'is empty'],
    ['{ // words\n}', 'JSON has no comments'],
  ])('is refused in words: %j', (text, told) => {
    expect(() => parse(text)).toThrow(told);
  });

  test('may have a name in each of several objects, and as a value', () => {
    expect(() => parse('{"a":{"a":"a","b":["a","a",{"a":1}]},"b":[{"a":1},{"a":2}]}')).not.toThrow();
  });

  test('is UTF-8', () => {
    expect(() => parseConfigText(Buffer.from('\ufeff{}', 'utf16le'))).toThrow('save it as UTF-8');
  });
});

const component = (settings: object): object => ({ components: [{ id: 'notes', ...settings }] });

describe('the faults of a configuration', () => {
  test.each<[object, string[]]>([
    [
      component({ kind: 'postgres', url: 'postgres://u:hunter2@h/d' }),
      [
        'component "notes", components.0.url: ',
        'name the secret here, do not write it',
        '{"env": "VARIABLE"}',
      ],
    ],
    [component({ kind: 'postgres' }), ['component "notes"', 'is missing: name the secret here']],
    [
      component({ kind: 'dir' }),
      ['component "notes"', 'is "dir": it must be one of "directory", "postgres"'],
    ],
    [component({}), ['components.0.kind: is missing: it must be one of "directory"']],
    [component({ kind: 'directory', path: '/x', exlude: [] }), ['unknown: "exlude"', 'exclude']],
    [component({ kind: 'directory', path: 7 }), ['is a number, and must be a text in double quotes']],
    [{ components: [{ kind: 'directory', path: '/x' }] }, ['component 1, components.0.id: is missing']],
    [{ schedules: [{ id: 'nightly', cron: '0 3 * *' }] }, ['schedule "nightly"', 'five fields']],
    [{ components: { id: 'notes' } }, ['components: is an object {...}, and must be a list [...]']],
    [{ aws: { logRetentionDays: 31 } }, ['CloudWatch allows these numbers of days: 7, 14']],
    [[], ['is a list [...], and must be an object {...}']],
  ])('say whose they are and what may stand there: %j', (value, told) => {
    const checked = checkConfig(value);
    const said = 'sentences' in checked ? checked.sentences.join('\n') : 'in order';
    for (const one of told) expect(said).toContain(one);
    expect(said).not.toContain('hunter2');
    expect(said).not.toContain('Invalid input');
  });
});
