/**
 * Key files with random changes, read as a person without the password reads them, and sometimes opened with
 * a password.
 */
import { openKeyFile, readKeyFile } from '../../../lib/archive/keys/backup-key-file.ts';
import type { Campaign, CaseReport } from '../../campaign/campaign.ts';
import { codeOf } from '../stages.ts';
import { newKeys } from '../writer/archive.ts';
import { type KeyFileBends, keyFileText } from '../writer/key-file.ts';
import type { Random } from './random.ts';
import { bentBytes, bentJson, oddText } from './random-json.ts';

const PASSWORD = 'correct horse battery';

const bends: readonly (readonly [string, (random: Random) => KeyFileBends])[] = [
  ['facts', (random) => ({ facts: (facts) => bentJson(random, facts) })],
  ['facts', (random) => ({ facts: (facts) => bentJson(random, bentJson(random, facts)) })],
  ['line', (random) => ({ line: (text) => bentBytes(random, Buffer.from(text)).toString('latin1') })],
  ['armour', (random) => ({ armour: (text) => bentBytes(random, Buffer.from(text)).toString('latin1') })],
  ['file', (random) => ({ text: (text) => bentBytes(random, Buffer.from(text)) })],
  ['line ends', () => ({ text: (text) => text.replaceAll('\n', '\r\n') })],
  ['inside', (random) => ({ inside: (text) => bentBytes(random, Buffer.from(text)).toString('latin1') })],
  ['inside', (random) => ({ inside: () => oddText(random).repeat(random.pick([1, 1_000])) })],
  [
    'work factor',
    (random) => ({ cost: { said: random.pick(['0', '1', '17', '19', '22', '30', '018', '1e1', '-1']) } }),
  ],
  ['stanzas', (random) => ({ stanzas: (made) => [...made, { args: ['grease'], body: random.bytes(40) }] })],
  ['payload', (random) => ({ payload: (bytes) => bentBytes(random, bytes) })],
  ['header', (random) => ({ header: (text) => bentBytes(random, Buffer.from(text, 'latin1')) })],
  ['chunks', () => ({ chunks: (chunks) => [...chunks, { plain: Buffer.alloc(0), last: true }] })],
];

/**
 * scrypt at a key file's cost takes most of a second, so most files are made at a lower cost and never
 * opened.
 */
const CHEAP = { logN: 4, said: '18' } as const;

const readAs = (text: string): { readonly ended: string; readonly file?: ReturnType<typeof readKeyFile> } => {
  try {
    return { ended: 'ok', file: readKeyFile(text) };
  } catch (thrown) {
    return { ended: codeOf(thrown) };
  }
};

const READS: ReadonlySet<string> = new Set([
  'ok',
  'key_file_not_recognised',
  'key_file_format_unsupported',
  'key_file_cut',
  'key_file_damaged',
]);

export const campaign: Campaign = {
  name: 'key files',
  tries: 'key files with bends of facts, armour, work factor, age file and text, some of them opened',
  module: import.meta.url,
  casesPerSeed: 200,
  share: 1,
  // Opening one takes 256 MiB, because the format uses scrypt with 2^18.
  limits: { megabytes: 300 + 270, blockedMs: 200, seconds: 20 },
  prepare: async () => {
    const keys = await newKeys();
    return {
      run: async (random): Promise<CaseReport> => {
        const chosen = Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, () => random.pick(bends));
        const opened = random.chance(40);
        const wrong = random.chance(2);
        const random16 = (length: number): Buffer => random.bytes(length);
        const bend: KeyFileBends = Object.assign(
          { random: random16, ...(opened ? {} : { cost: CHEAP }) },
          ...chosen.map(([, make]) => make(random)),
        );
        const parts = { key: keys.backup, verifyKey: keys.signer.verifyKey, password: PASSWORD };
        const text = keyFileText(parts, bend).toString('utf8');
        return {
          bends: [...chosen.map(([name]) => name), ...(opened ? ['opened'] : [])],
          judge: async () => {
            const { ended, file } = readAs(text);
            const faults = READS.has(ended) ? [] : [`reading ends in ${ended}`];
            if (chosen.length === 0 && ended !== 'ok') faults.push(`a sound key file was refused: ${ended}`);
            if (file === undefined || !opened) return { ended: `read: ${ended}`, faults };
            const answer = await openKeyFile(file, wrong ? 'another password' : PASSWORD).then(
              (identity) => (identity === keys.backup.identity ? 'ok' : 'another identity'),
              codeOf,
            );
            if (!['ok', 'wrong_passphrase'].includes(answer)) faults.push(`opening ends in ${answer}`);
            if (wrong && answer === 'ok') faults.push('a wrong password opened it');
            if (chosen.length === 0 && !wrong && answer !== 'ok')
              faults.push('the right password did not open it');
            return { ended: `opened: ${answer}`, faults };
          },
        };
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};
