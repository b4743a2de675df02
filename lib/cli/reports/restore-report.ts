/** A restore as people read it: at the end of `backup restore --wait`, in `restore show`, and the plan of a dry run. */
import type { ComponentPlan, ComponentRestore, RestoreRecord } from '../../model/records/restore.ts';
import type { Answer } from '../requests/answer.ts';
import { formatCount, formatSpan } from '../terminal/quantities.ts';
import { shownTime } from '../terminal/shown-time.ts';
import { colouredState } from '../terminal/state-colour.ts';
import { pairLines } from '../terminal/table.ts';
import { visible } from '../terminal/visible-text.ts';
import { componentLines } from './lines/component-lines.ts';
import { errorText } from './lines/error-text.ts';
import { plannedLine } from './lines/planned-line.ts';
import { leftOutLines, rightsLines } from './lines/rights-lines.ts';
import { skippedLines } from './lines/skipped-lines.ts';

type Restore = Answer<RestoreRecord>;

const TARGET = {
  title: 'TARGET',
  textOf: (part: Answer<ComponentRestore>) => visible(part.text('target')),
} as const;

/** Entries that are shown of each component's plan; `restore plan` has more. */
const PLANNED_SHOWN = 20;

export const restoreReport = (restore: Restore): string[] => [
  ...pairLines([
    [
      'restore',
      visible(restore.text('id')) + (restore.flag('dryRun') ? ' (dry run: nothing is written)' : ''),
    ],
    ['backup', visible(restore.text('backupId'))],
    ['state', colouredState(restore.text('state'))],
    ['error', errorText(restore)],
    ['created', `${shownTime(restore.text('createdAt'))} by ${visible(restore.text('createdBy'))}`],
    ['completed', shownTime(restore.text('completedAt'))],
    ['took', formatSpan(restore.text('createdAt'), restore.text('completedAt'))],
    ['passed', passedChecks(restore)],
    ['trusted', trustedSigner(restore)],
  ]),
  ...section(
    'components',
    restore.flag('dryRun')
      ? []
      : componentLines(restore.byName('components'), (part) => part.count('bytes'), TARGET),
  ),
  ...(restore.flag('dryRun') ? restore.byName('plan') : []).flatMap(([name, plan]) =>
    section(`plan for ${visible(name)}`, planLines(restore.text('id'), plan)),
  ),
  ...section('rights', rightsLines(restore)),
  ...section('setuid and setgid were left out of', leftOutLines(restore)),
  ...section('skipped', skippedLines(restore.byName('components'))),
  ...section('now do', restore.texts('afterwards').map(visible)),
];

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`.trimEnd())];

const passedChecks = (restore: Restore): string =>
  [
    restore.flag('force') ? 'version check by --force' : '',
    restore.flag('trusted') ? 'signer by --trust' : '',
  ]
    .filter((text) => text !== '')
    .join(', ');

const trustedSigner = (restore: Restore): string => {
  const signer = restore.part('trustedSigner');
  const key = visible(signer.text('verifyKey'));
  return key === ''
    ? ''
    : `${key}, manifest ${visible(signer.text('manifestSha256'))}, by ${visible(signer.text('by'))}`;
};

const rootLines = (plan: Answer<ComponentPlan>): string[] => {
  if (!plan.has('rootAttributes')) return [];
  return plan.flag('rootAttributes')
    ? ['the folder itself gets the mode, owner and time of the archive']
    : ['the folder itself keeps its own mode, owner and time (--root-attributes restores them)'];
};

/** How a database would be restored; nothing for other kinds. */
const wayLines = (plan: Answer<ComponentPlan>): string[] => {
  if (!plan.has('allOrNothing')) return [];
  const inPlace = plan.part('inPlace');
  const why = visible(inPlace.text('why'));
  if (inPlace.text('way') === 'exchange')
    return [`into a new database, which then replaces it: all or nothing (${why})`];
  if (inPlace.text('way') === 'transaction') return [`in one transaction: all or nothing (${why})`];
  return [
    plan.flag('allOrNothing')
      ? 'in one transaction: all or nothing'
      : 'as far as possible: what cannot be restored is named, and the restore is then PARTIAL',
  ];
};

const planLines = (id: string, plan: Answer<ComponentPlan>): string[] => {
  const counts = plan.part('counts');
  const entries = plan.list('entries');
  const actions = ['create', 'overwrite', 'skip', 'refuse', 'drop'] as const;
  const total = actions.reduce((sum, action) => sum + counts.count(action), 0);
  const shown = entries.slice(0, PLANNED_SHOWN).map(plannedLine);
  return [
    `into ${visible(plan.text('target'))}`,
    ...wayLines(plan),
    ...plan.texts('warnings').map((text) => `probably: ${visible(text)}`),
    ...actions
      // Only databases lose anything.
      .filter((action) => action !== 'drop' || counts.count(action) > 0)
      .map((action) => `${action.padEnd(9)}  ${formatCount(counts.count(action))}`),
    ...rootLines(plan),
    ...(shown.length === 0 ? [] : ['', ...shown]),
    ...(total > shown.length
      ? [`and ${formatCount(total - shown.length)} more`, `"holdfast restore plan ${visible(id)}" lists more`]
      : []),
  ];
};
