import type { Command } from 'commander';
import type { Inspection } from '../../../archive/reader/inspect.ts';
import { exitCodes } from '../../../model/errors.ts';
import { collect } from '../../collect.ts';
import { withArchiveFile } from '../../files/archive-file.ts';
import { recoverHint } from '../../reports/lines/recover-hint.ts';
import type { Session } from '../../session.ts';
import { countOf, formatBytes, formatCount } from '../../terminal/quantities.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { pairLines, tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

interface InspectOptions {
  readonly file: string;
  readonly verifyKey?: readonly string[];
}

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--file <file>', 'the archive')
    .option(
      '--verify-key <base64>',
      'the public key of an installation you trust; may be given several times',
      collect,
    )
    .action(async ({ file, verifyKey = [] }: InspectOptions) => {
      const { inspectArchive } = await import('../../../archive/reader/inspect.ts');
      const found = await withArchiveFile(file, (source) =>
        inspectArchive(source, { trust: (key) => verifyKey.includes(key) }),
      );
      const { manifest, ...about } = found;
      const { members, ...told } = manifest;
      await session.output.result({ file, ...about, ...told, memberCount: members.length }, () =>
        inspectionLines(file, found),
      );
      if (found.signature === 'invalid') session.exitCode = exitCodes.failed;
      else session.output.note(recoverHint);
    });
};

const SIGNATURES: Readonly<Record<Inspection['signature'], string>> = {
  'valid-trusted':
    'valid, by a key that you trust. It covers the manifest; members were not read (backup verify reads them)',
  'valid-unknown-signer':
    'valid; compare the verify key with that of the installation you expect. It covers the manifest; members were not read (backup verify reads them)',
  invalid: 'INVALID: the archive was changed or forged; do not trust anything in it',
};

const inspectionLines = (file: string, { manifest, ...found }: Inspection): string[] => [
  ...pairLines([
    ['file', visible(file)],
    ['signature', SIGNATURES[found.signature]],
    ['verify key', found.verifyKey],
    ['backup', visible(manifest.backupId)],
    ['installation', visible(manifest.installation)],
    ['description', visible(manifest.description)],
    ['scope', manifest.scope === 'domain' ? `domain ${visible(manifest.domain)}` : manifest.scope],
    ['created', `${shownTime(manifest.createdAt)} by ${visible(manifest.createdBy)}`],
    ['completed', shownTime(manifest.completedAt)],
    ['format', String(manifest.format)],
    ['product', `Holdfast ${visible(manifest.productVersion)}`],
    ['encryption', manifest.encryption.mode],
    ['key', visible(manifest.encryption.keyId ?? '')],
    ['tied to HSM', manifest.encryption.mode === 'hsm' ? 'yes' : 'no'],
    ['source', `${countOf(manifest.entries, 'entry', 'entries')}, ${formatBytes(manifest.sourceBytes)}`],
    ['archive', `${formatBytes(found.archiveBytes)}, ${countOf(manifest.members.length, 'member')}`],
    [
      'checksum',
      `${found.manifestSha256} (SHA-256 of manifest.json, which has the SHA-256 of each member; not of the whole file)`,
    ],
  ]),
  '',
  ...tableLines(
    [
      { title: 'COMPONENT' },
      { title: 'KIND' },
      { title: 'OUTCOME' },
      { title: 'ENTRIES', align: 'right' },
      { title: 'SIZE', align: 'right' },
      { title: 'SKIPPED', align: 'right' },
      { title: 'CAPTURED' },
    ],
    Object.entries(manifest.components).map(([name, component]) => [
      visible(name),
      visible(component.kind),
      component.outcome,
      formatCount(component.entries),
      formatBytes(component.sourceBytes),
      component.skippedCount === 0 ? '-' : formatCount(component.skippedCount),
      shownTime(component.capturedAt),
    ]),
  ),
];
