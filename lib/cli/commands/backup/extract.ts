import { type Command, Option } from 'commander';
import type { OpenedArchive } from '../../../archive/reader/open.ts';
import * as backups from '../../../client/calls/backups.ts';
import { exitCodes } from '../../../model/errors.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import { collect } from '../../collect.ts';
import { Failure, usageFailure } from '../../failure.ts';
import { signersNamed, withArchiveFile } from '../../files/archive-file.ts';
import { archiveIdentity, type IdentityOptions } from '../../files/archive-identity.ts';
import type { Extracted } from '../../files/extract-paths.ts';
import { requireOutsideDataFolder } from '../../files/outside-data-folder.ts';
import { passingKey } from '../../login/passing-key.ts';
import { fileTrust, type TrustOption } from '../../options/signer-trust.ts';
import type { Answer } from '../../requests/answer.ts';
import { findId } from '../../requests/find-id.ts';
import type { Session } from '../../session.ts';
import { countOf, formatBytes } from '../../terminal/quantities.ts';
import { visible } from '../../terminal/visible-text.ts';
import { progressView } from '../../waiting/progress-view.ts';

interface ExtractOptions extends IdentityOptions {
  readonly output: string;
  readonly file?: string;
  readonly component?: string;
  readonly verifyKey?: readonly string[];
  readonly trust?: TrustOption;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('[id]', 'the backup; left out with --file')
    .argument('[path...]', 'a file or a folder in the backup, or COMPONENT:PATH; . is everything')
    .requiredOption(
      '--output <dir>',
      'the folder to write to, as DIR/COMPONENT/PATH; - writes one file to standard output',
    )
    .addOption(new Option('--file <file>', 'a local archive file instead; needs no server'))
    .option('--component <id>', 'only from this component')
    .option('--passphrase-file <file>', 'the passphrase of the archive; - reads standard input, or asks')
    .option('--key-file <file>', 'the backup key, as "key download" writes it')
    .option('--password-file <file>', 'with --key-file: its password; - reads standard input, or asks')
    .addOption(
      new Option('--identity-file <file>', "the backup key's private half, an age identity").conflicts(
        'keyFile',
      ),
    )
    .option('--verify-key <base64>', 'accept only this signer; may be given several times', collect)
    .addOption(
      new Option(
        '--trust [signer:digest]',
        'with --file: trust the signer of this one archive for this command only; without a value it shows the signer and asks',
      ).conflicts('verifyKey'),
    )
    .action((id: string | undefined, paths: readonly string[], options: ExtractOptions) =>
      extract(session, id, paths, options),
    );
};

const extract = async (
  session: Session,
  first: string | undefined,
  rest: readonly string[],
  options: ExtractOptions,
): Promise<void> => {
  const { file } = options;
  const paths = file === undefined || first === undefined ? rest : [first, ...rest];
  if (paths.length === 0) throw usageFailure('name what to extract: a path, or . for everything');
  if (options.output === '-' && paths.length > 1)
    throw usageFailure('one file goes to standard output: name one path');
  if (options.output !== '-') requireOutsideDataFolder(options.output);
  if (file !== undefined) await extractFromFile(session, file, paths, options);
  else if (first !== undefined) await extractFromStore(session, first, paths, options);
};

const keyMissing = (): Failure =>
  usageFailure(
    'this archive needs the backup key',
    'Give --key-file with a downloaded key, or --identity-file with its private half.',
  );

const extractFromFile = (
  session: Session,
  file: string,
  paths: readonly string[],
  options: ExtractOptions,
): Promise<void> =>
  withArchiveFile(file, async (source) => {
    const { openArchive } = await import('../../../archive/reader/open.ts');
    const { verifyKey, trust } = options;
    const archive = await openArchive(source, signersNamed(verifyKey));
    if (verifyKey === undefined) await fileTrust(session, archive, trust);
    const identity = await archiveIdentity(session, archive, options, keyMissing);
    await extractOpened(session, { archive, identity }, paths, options);
  });

const extractFromStore = async (
  session: Session,
  given: string,
  paths: readonly string[],
  options: ExtractOptions,
): Promise<void> => {
  const id = await findId(session, 'backups', given);
  const client = await session.client();
  const [{ openArchive }, { storedArchive }] = await Promise.all([
    import('../../../archive/reader/open.ts'),
    import('../../files/stored-archive.ts'),
  ]);
  const backup = await client.ask(backups.show(id));
  const source = await storedArchive(client, id);
  const archive = await openArchive(source, { trust: trustOf(backup, options.verifyKey) });
  const { mode, keyId } = archive.manifest.encryption;
  const isOurs = options.keyFile === undefined && options.identityFile === undefined;
  const identity =
    mode === 'key' && keyId !== undefined && isOurs
      ? await passingKey(client, archive, keyId)
      : await archiveIdentity(session, archive, options, keyMissing);
  await extractOpened(session, { archive, identity }, paths, options);
};

/** Opens the recorded archive, if the installation or the caller trusts its signer. */
const trustOf =
  (backup: Answer<BackupView>, verifyKeys: readonly string[] | undefined) =>
  (key: string, digest: string): boolean => {
    const recorded = backup.text('manifestSha256');
    if (recorded !== '' && recorded !== digest)
      throw new Failure(
        'archive_mismatch',
        `the file in the store is not the archive that the record of ${backup.text('id')} describes; nothing was extracted`,
      );
    return verifyKeys?.includes(key) ?? backup.text('signature') !== 'unknown-signer';
  };

const extractOpened = async (
  session: Session,
  opened: { readonly archive: OpenedArchive; readonly identity: string },
  paths: readonly string[],
  { output: folder, component }: ExtractOptions,
): Promise<void> => {
  const { output } = session;
  const [{ extractToFolder, extractToStandardOutput }, { SegmentPool }] = await Promise.all([
    import('../../files/extract-paths.ts'),
    import('../../../archive/threads/segment-pool.ts'),
  ]);
  const only = component === undefined ? {} : { component };
  const view = progressView(output);
  const pool = new SegmentPool();
  try {
    if (folder === '-') {
      output.yieldStandardOutput();
      await extractToStandardOutput({ ...opened, pool }, { word: paths[0] ?? '', ...only });
      return;
    }
    const id = opened.archive.manifest.backupId;
    const extracted = await extractToFolder({ ...opened, pool }, { words: paths, folder, ...only }, (bytes) =>
      view.update({ id, step: 'extract', bytes }),
    );
    view.end();
    if (extracted.some(({ skippedCount }) => skippedCount > 0)) session.exitCode = exitCodes.partial;
    await output.result({ id, components: extracted }, () => extracted.flatMap(extractedLines));
  } finally {
    view.end();
    await pool.close();
  }
};

const extractedLines = ({ target, entries, bytes, skipped, skippedCount }: Extracted): string[] => [
  `${visible(target)}: ${countOf(entries, 'entry', 'entries')}, ${formatBytes(bytes)}`,
  ...skipped.map(({ path, reason }) => `  not extracted: ${visible(path)}: ${visible(reason)}`),
  ...(skippedCount > skipped.length ? [`  and ${skippedCount - skipped.length} more`] : []),
];
