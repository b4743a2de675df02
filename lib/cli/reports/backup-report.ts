/** A backup as people read it: at the end of `backup create --wait`, and in `backup show`. */
import { join } from 'node:path';
import type { BackupView, ComponentBackup } from '../../model/records/backup.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import type { Answer } from '../requests/answer.ts';
import { countOf, formatBytes, formatCount, formatSpan } from '../terminal/quantities.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { colouredState } from '../terminal/state-colour.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';
import { componentLines } from './lines/component-lines.ts';
import { errorText } from './lines/error-text.ts';
import { strangersText } from './lines/recover-hint.ts';
import { skippedLines } from './lines/skipped-lines.ts';
import { trustWord } from './lines/trust-word.ts';

type Backup = Answer<BackupView>;

const SKIPPED = {
  title: 'SKIPPED',
  align: 'right',
  textOf: (part: Answer<ComponentBackup>) =>
    part.count('skippedCount') === 0 ? '-' : formatCount(part.count('skippedCount')),
} as const;

/** State, sizes, time, file, components, what was skipped, and how to restore it. */
export const backupReport = (backup: Backup): string[] => {
  const skipped = skippedLines(backup.byName('components'));
  return [
    ...pairLines([
      ['backup', visible(backup.text('id'))],
      ['state', stateText(backup)],
      ['error', errorText(backup)],
      ['description', visible(backup.text('description'))],
      ['scope', scopeText(backup)],
      ['created', `${shownTime(backup.text('createdAt'))} by ${visible(backup.text('createdBy'))}`],
      ['completed', shownTime(backup.text('completedAt'))],
      ['took', formatSpan(backup.text('createdAt'), backup.text('completedAt'))],
      [
        'source',
        `${countOf(backup.count('entries'), 'entry', 'entries')}, ${formatBytes(backup.count('sourceBytes'))}`,
      ],
      ['archive', archiveText(backup)],
      ['file', visible(join(backup.text('backupPath'), backup.text('fileName')))],
      ['replaced', replacedText(backup)],
      ['log', visible(backup.text('logFileName'))],
      ['sha256', visible(backup.text('sha256'))],
      ['encryption', encryptionText(backup)],
      ['verified', verifiedText(backup)],
      ['damaged', failedText(backup)],
      ['held', heldText(backup)],
      ['deleted', removalText(backup)],
      ['imported', backup.flag('imported') ? `from ${visible(backup.text('importedFrom'))}` : ''],
      ['RECOVER.md', backup.flag('imported') ? strangersText : ''],
      ['signer', signerText(backup)],
      ['manifest', visible(backup.text('manifestSha256'))],
      ['trusted', trustedText(backup)],
    ]),
    ...section(
      'components',
      componentLines(backup.byName('components'), (part) => part.count('sourceBytes'), SKIPPED),
    ),
    ...section('skipped', skipped),
    ...section('warnings', warningLines(backup)),
    ...section('restores', restoreLines(backup)),
    ...restoreHint(backup),
  ];
};

/** Whose signature the archive has, once it has one. */
const signerText = (backup: Backup): string => {
  const key = visible(backup.text('signedBy'));
  if (backup.text('signature') === 'unknown-signer')
    return `not known here (${key}); see "holdfast verify-key import --help"`;
  if (key !== '') return `known here (${key})`;
  return backup.text('manifestSha256') === '' ? '' : 'this installation';
};

/** Whose signature the archive had before it was re-sealed on trust. */
const trustedText = (backup: Backup): string => {
  const signer = backup.part('trustedSigner');
  const key = visible(signer.text('verifyKey'));
  return key === '' ? '' : `${key} signed it before, and ${visible(signer.text('by'))} trusted that`;
};

const replacedText = (backup: Backup): string => {
  const by = visible(backup.text('replacedBy'));
  return by === '' ? '' : `its file was overwritten by ${by}, as requested: nothing is left of it`;
};

const verifiedText = (backup: Backup): string =>
  [
    shownTime(backup.text('verifiedAt')),
    backup.text('verification') === 'deep' ? '(deep when it was made)' : '',
  ]
    .filter((one) => one !== '')
    .join(' ');

const failedText = (backup: Backup): string => {
  const failed = backup.part('failedVerification');
  const at = shownTime(failed.text('at'));
  return at === ''
    ? ''
    : `${visible(failed.text('id'))} found it bad at ${at}: ${visible(failed.text('errorCode'))}`;
};

const heldText = (backup: Backup): string => {
  const hold = backup.part('hold');
  if (hold.text('by') === '') return '';
  return `by ${visible(hold.text('by'))} since ${shownTime(hold.text('at'))}: ${visible(hold.text('reason'))}`;
};

const removalText = (backup: Backup): string => {
  const after = shownTime(backup.text('deleteAfter'));
  if (after === '') return '';
  const removal = backup.part('removal');
  return `after ${after}, by ${visible(removal.text('by'))}: ${visible(removal.text('reason'))}`;
};

const warningLines = (backup: Backup): string[] =>
  backup
    .byName('components')
    .flatMap(([id, part]) => part.texts('warnings').map((warning) => `${visible(id)}: ${visible(warning)}`));

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`.trimEnd())];

const stateText = (backup: Backup): string => {
  const step = backup.part('progress').text('step');
  const running = backup.text('state') === 'IN_PROGRESS' && step !== '';
  return colouredState(backup.text('state')) + (running ? ` (${visible(step)})` : '');
};

const scopeText = (backup: Backup): string =>
  backup.text('scope') === 'domain'
    ? `domain ${visible(backup.text('domain'))}`
    : visible(backup.text('scope'));

const archiveText = (backup: Backup): string => {
  const [source, archive] = [backup.count('sourceBytes'), backup.count('archiveBytes')];
  if (archive === 0) return '';
  const ratio =
    archive <= source && source > 0 ? `, ${Math.round((archive / source) * 100)} % of the source` : '';
  return `${formatBytes(archive)}${ratio}`;
};

const encryptionText = (backup: Backup): string => {
  const encryption = backup.part('encryption');
  const keyId = visible(encryption.text('keyId'));
  if (encryption.text('mode') === 'passphrase') return 'passphrase';
  if (encryption.text('mode') === 'hsm') return `tied to the HSM, key ${keyId}`;
  return keyId === '' ? '' : `backup key ${keyId}`;
};

const restoreLines = (backup: Backup): string[] =>
  backup
    .list('restores')
    .map(
      (restore) =>
        `${visible(restore.text('id'))}  ${colouredState(restore.text('state'))}${restore.flag('dryRun') ? ' (dry run)' : ''}`,
    );

const restoreHint = (backup: Backup): string[] => {
  if (!['SUCCESS', 'PARTIAL'].includes(backup.text('state')) || backup.text('replacedBy') !== '') return [];
  const seal = { verifyKey: backup.text('signedBy'), manifestSha256: backup.text('manifestSha256') };
  const unknown = backup.text('signature') === 'unknown-signer' && seal.manifestSha256 !== '';
  return [
    '',
    ...(unknown
      ? [`To trust that signer for this archive and one command only: --trust ${shellWord(trustWord(seal))}`]
      : []),
    `See what a restore would do: holdfast backup restore ${shellWord(backup.text('id'))} --dry-run`,
  ];
};
