/** Warnings about a folder's backup: patterns that matched nothing, and fewer entries than expected. */
import type { Unread } from '../../archive/capture/capture-sink.ts';
import { type ByteString, contentsNameOf } from '../../archive/tar/byte-string.ts';
import type { DirectorySettings } from '../../model/components/directory.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { CaptureTask } from '../component-kind.ts';
import type { AttributeCount } from './extended-attributes.ts';
import type { WalkReport } from './walk.ts';

/** Fewest entries of the last backup for which a loss of more than half counts. */
const ENTRIES_TO_COMPARE = 10;

const quoted = (paths: readonly ByteString[]): string[] =>
  paths.map((path) => JSON.stringify(contentsNameOf(path).text));

const ownData = ({ own }: WalkReport): string[] =>
  own.length === 0
    ? []
    : [`left out, since Holdfast keeps its own data and archives there: ${quoted(own).join(', ')}`];

const notEntered = ({ notEntered: paths, notEnteredCount }: WalkReport): string[] => {
  if (notEnteredCount === 0) return [];
  const named = quoted(paths);
  const more = notEnteredCount > named.length ? [`and ${notEnteredCount - named.length} more`] : [];
  return [
    `oneFileSystem: not entered, since other file systems are mounted there: ${[...named, ...more].join(', ')}`,
  ];
};

export const warningsOf = (report: WalkReport): string[] => [
  ...report.unusedPatterns.map((pattern) => `${pattern} matched nothing`),
  ...notEntered(report),
  ...ownData(report),
  ...(report.farTimes === 0
    ? []
    : [
        `${report.farTimes} entries have times outside the range of dates: the nearest date is in the backup`,
      ]),
];

/** Warnings about what the archive lacks of its entries. */
export const attributeWarnings = (count: AttributeCount | undefined): string[] => {
  if (count === undefined) return [];
  const { entries, lists, capabilities, complete } = count;
  if (entries === 0) return complete ? [] : ['the count of extended attributes is incomplete'];
  const atLeast = complete ? '' : 'at least ';
  const have = entries === 1 ? 'entry has' : 'entries have';
  return [
    `${atLeast}${entries} ${have} extended attributes, ${lists} of them access control lists and ${capabilities} capabilities of programs: these are not in the backup (docs/components/directory.md); if that is right, set "extendedAttributes" to "ignore"`,
  ];
};

type Doubt = readonly [setting: 'onEmpty' | 'onFewer', reason: string];

/** @throws HoldfastError `component_failed` when there is something to read, but nothing of it could be read */
export const refuseUnread = (path: string, unread: Unread | undefined): void => {
  if (unread?.first === undefined) return;
  const { count, first } = unread;
  throw new HoldfastError(
    'component_failed',
    `nothing in ${path} could be read, and ${count} ${count === 1 ? 'entry is' : 'entries are'} not in the backup; the first: ${JSON.stringify(first.path)} ${first.reason}; give the user of Holdfast the right to read them, or exclude them`,
  );
};

/**
 * Why a backup that found less than it should is PARTIAL.
 *
 * @throws HoldfastError `component_failed` when the settings ask for that.
 */
export const doubtsOf = async (
  { settings, lastEntries }: Pick<CaptureTask<DirectorySettings>, 'settings' | 'lastEntries'>,
  report: WalkReport,
): Promise<string[]> => {
  const found: Doubt[] = [];
  if (report.files === 0) {
    const because = [
      ...report.unusedPatterns
        .filter((pattern) => pattern.startsWith('include '))
        .map((one) => `${one} matched nothing`),
      ...notEntered(report),
    ];
    const hint = because.length > 0 ? because.join('; ') : 'is its file system mounted?';
    found.push(['onEmpty', `no file was found: ${hint}`]);
  }
  const last = settings.onFewer === 'allow' ? undefined : await lastEntries?.();
  if (last !== undefined && last >= ENTRIES_TO_COMPARE && report.entries * 2 < last)
    found.push(['onFewer', `only ${report.entries} entries were found, where the last backup has ${last}`]);
  const failing = found.find(([setting]) => settings[setting] === 'fail');
  if (failing !== undefined)
    throw new HoldfastError(
      'component_failed',
      `${settings.path}: ${failing[1]}; if that is right, set "${failing[0]}" to "allow" or "partial"`,
    );
  return found
    .filter(([setting]) => settings[setting] === 'partial')
    .map(([setting, reason]) => `${reason} (if that is right, set "${setting}" to "allow")`);
};
