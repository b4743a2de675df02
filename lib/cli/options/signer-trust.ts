/** `--trust`: trusts an unknown signer for one archive, once, after a person has seen who the signer is. */
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { exitCodes } from '../../model/errors.ts';
import type { BackupView } from '../../model/records/backup.ts';
import type { ArchiveSeal } from '../../model/records/seal.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { Failure, usageFailure } from '../failure.ts';
import { trustWord } from '../reports/lines/trust-word.ts';
import type { Answer } from '../requests/answer.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';

/** The option from commander: without or with a value. */
export type TrustOption = true | string;

const sealIn = (word: string): ArchiveSeal => {
  const [, verifyKey, manifestSha256] = /^([A-Za-z0-9+/]{43}=):([0-9a-f]{64})$/.exec(word) ?? [];
  if (verifyKey === undefined || manifestSha256 === undefined)
    throw usageFailure(
      `--trust ${visible(word)}: not SIGNER:DIGEST, a verify key and the SHA-256 of a manifest`,
      '"holdfast backup show ID" prints it; --trust alone, after the id, shows it and asks.',
    );
  return { verifyKey, manifestSha256 };
};

/**
 * What the request trusts: the given value, or what a person at the terminal has seen and accepted. Undefined when the
 * signer is known there.
 *
 * @throws Failure: `usage` with the whole command when nobody can be asked, `cancelled` for any answer but yes
 */
export const signerTrust = async (
  session: Session,
  backup: Answer<BackupView>,
  given: TrustOption | undefined,
  what: 'restore' | 're-seal',
): Promise<ArchiveSeal | undefined> => {
  if (given === undefined) return undefined;
  if (given !== true) return sealIn(given);
  const id = backup.text('id');
  if (backup.text('signature') !== 'unknown-signer') {
    session.output.note(`The signer of ${visible(id)} is already trusted there.`);
    return undefined;
  }
  const seal = { verifyKey: backup.text('signedBy'), manifestSha256: backup.text('manifestSha256') };
  if (seal.manifestSha256 === '') throw unrecorded(id);
  await askTrust(session, { seal, callsItself: backup.text('importedFrom'), where: 'there' }, what);
  return seal;
};

/**
 * Whether the signer of an archive in a file is trusted: by the given value, or by a person at the terminal.
 *
 * @throws Failure: `archive_signer_unknown` when nothing was given, `archive_mismatch` when another archive is trusted,
 * and as `signerTrust`
 */
export const fileTrust = async (
  session: Session,
  { manifest, signature }: Pick<OpenedArchive, 'manifest' | 'signature'>,
  given: TrustOption | undefined,
): Promise<void> => {
  const { verifyKey, manifestSha256 } = signature;
  const seal = { verifyKey, manifestSha256 };
  if (given === undefined)
    throw new Failure(
      'archive_signer_unknown',
      `the archive is signed by ${visible(verifyKey)}, a signer that is not trusted yet; nothing was extracted`,
      {
        hint: 'Compare it with the output of "holdfast verify-key show" at its installation. Then name it with --verify-key, or trust this one archive for this command only with --trust, which shows it and asks.',
      },
    );
  if (given === true)
    await askTrust(session, { seal, callsItself: manifest.installation, where: 'here' }, 'extraction');
  else if (trustWord(sealIn(given)) !== trustWord(seal))
    throw new Failure(
      'archive_mismatch',
      `the file is not the archive that --trust names: it is signed as ${trustWord(seal)}; nothing was extracted`,
      { hint: '--trust alone shows who signed this file, and asks.' },
    );
};

interface Stranger {
  readonly seal: ArchiveSeal;
  readonly callsItself: string;
  /** Where the signer is not known. */
  readonly where: 'there' | 'here';
}

const askTrust = async (session: Session, stranger: Stranger, what: string): Promise<void> => {
  if (session.output.json || !process.stdin.isTTY) throw wantsValue(session, stranger.seal);
  for (const line of question(stranger)) session.output.say(line);
  await confirm(`Trust this signer for this one archive, for this ${what} only? [y/N] `, {
    unasked: '--trust needs a yes',
    hint: 'Name what to trust, with --trust SIGNER:DIGEST.',
    declined: 'nothing was trusted, and nothing was done',
  });
};

const question = ({ seal: { verifyKey, manifestSha256 }, callsItself, where }: Stranger): string[] => [
  `This archive is signed by an installation that is not known ${where}.`,
  ...pairLines([
    ['calls itself', visible(callsItself)],
    ['verify key', visible(verifyKey)],
    ['manifest', `${visible(manifestSha256)} (SHA-256)`],
  ]),
  'Compare the verify key with the output of "holdfast verify-key show" at that installation.',
];

/** The same command again, with the value of `--trust` written out. */
const wantsValue = ({ words }: Session, seal: ArchiveSeal): Failure => {
  const whole = words.flatMap((word) => (word === '--trust' ? [word, trustWord(seal)] : [word]));
  return usageFailure(
    '--trust needs a value here, since nobody can be asked',
    `If you trust that signer: holdfast ${whole.map(commandWord).join(' ')}`,
  );
};

/** An option's name needs no quotes. */
const commandWord = (word: string): string => (/^--?[a-z][a-z-]*$/i.test(word) ? word : shellWord(word));

const unrecorded = (id: string): Failure =>
  new Failure(
    'archive_signer_unknown',
    `${visible(id)} was uploaded to an earlier version, which did not record the SHA-256 of its manifest`,
    {
      exitCode: exitCodes.refused,
      hint: `Verify it first, which compares it with the upload, then trust it: holdfast backup verify ${shellWord(id)}`,
    },
  );
