/** One restore: its progress, what it wrote where, and what to do after it. */
import type { ComponentRestore, RestoreRecord } from '../../../model/records/restore.ts';
import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { cancelOperation, getRestore } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { SkippedList } from '../../parts/lists/skipped-list.tsx';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { OperationProgress } from '../../parts/operation-progress.tsx';
import { PlanView } from '../../parts/plan/plan-view.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { type Screen, type ScreenProps, useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { words as overview } from '../overview/words.ts';
import { words } from './words.ts';

const BUSY_MILLISECONDS = 1_000;

const Restore = ({ params }: ScreenProps) => {
  const id = params.id ?? '';
  const live = useLive(
    (signal) => getRestore(id, signal),
    [id],
    (restore) => (restore === undefined || restore.state === 'IN_PROGRESS' ? BUSY_MILLISECONDS : undefined),
  );
  return (
    <LiveScreen live={live} title={words().title}>
      {(restore) => <Shown restore={restore} />}
    </LiveScreen>
  );
};

const Shown = ({ restore }: { restore: RestoreRecord }) => {
  const t = words();
  const may = useMay();
  const { id, backupId, state, shortError, dryRun, createdAt, createdBy, progress, afterwards } = restore;
  const cancelling = useDoing(async () => void (await cancelOperation(id)));
  const isRunning = state === 'IN_PROGRESS';
  return (
    <>
      <header class="screen-head">
        <div>
          <h1>{dryRun ? t.titleDry : t.title}</h1>
          <p class="quiet break">
            <code>{id}</code>
          </p>
        </div>
        <div role="status">
          <StateBadge state={state} />
        </div>
      </header>
      <p>
        {t.from}{' '}
        <a href={to(`/backups/${backupId}`)} class="break">
          {backupId}
        </a>
        . {t.begun} <Time at={createdAt} /> {shared().by(visible(createdBy))}
      </p>
      {dryRun && !isRunning && <Notice tone="plain" title={t.dryOnly} />}
      {shortError !== '' && (
        <Notice tone={state === 'PARTIAL' ? 'attention' : 'bad'} title={visible(shortError)} />
      )}
      {isRunning && (
        <div class="card now">
          <OperationProgress id={id} kind="restore" startedAt={createdAt} progress={progress} />
          {may('restore.run') && (
            <button type="button" class="quiet-button" onClick={cancelling.run} disabled={cancelling.isBusy}>
              {overview().cancel}
            </button>
          )}
          <ProblemNotice problem={cancelling.problem} />
        </div>
      )}
      {afterwards.length > 0 && (
        <section class="card" aria-labelledby="afterwards">
          <h2 id="afterwards">{t.afterwards}</h2>
          <ul>
            {afterwards.map((one) => (
              <li key={one}>{visible(one)}</li>
            ))}
          </ul>
        </section>
      )}
      {!dryRun && <Parts components={restore.components} />}
      {restore.plan !== null && <PlanView restore={restore} />}
    </>
  );
};

const Parts = ({ components }: { components: Readonly<Record<string, ComponentRestore>> }) => (
  <section class="card" aria-labelledby="parts">
    <h2 id="parts">{shared().components}</h2>
    <StackedTable columns={[shared().component, shared().state, words().target, { numbers: shared().size }]}>
      {Object.entries(components).map(([id, part]) => (
        <Part key={id} id={id} part={part} />
      ))}
    </StackedTable>
  </section>
);

const Part = ({ id, part }: { id: string; part: ComponentRestore }) => {
  const t = words();
  const {
    kind,
    state,
    target,
    bytes,
    entries,
    kept = 0,
    skipped,
    skippedCount,
    bitsLeftOut,
    shortError,
  } = part;
  return (
    <tr>
      <th scope="row">
        <span class="name">{visible(id)}</span>
        <span class="quiet">{visible(kind)}</span>
      </th>
      <td data-name={shared().state}>
        <StateBadge state={state} />
        {shortError !== '' && <p class="wrong">{visible(shortError)}</p>}
      </td>
      <td data-name={t.target}>
        <span class="break">{visible(target)}</span>
        {kept > 0 && <p class="quiet">{t.kept(counted(kept))}</p>}
        {bitsLeftOut !== undefined && bitsLeftOut.count > 0 && (
          <p class="quiet">{t.bits(counted(bitsLeftOut.count))}</p>
        )}
        {skippedCount > 0 && <SkippedList title={t.skipped} count={skippedCount} skipped={skipped} />}
      </td>
      <td data-name={shared().size} class="number">
        {formatBytes(bytes)}, {shared().entries(counted(entries))}
      </td>
    </tr>
  );
};

export const restoreScreen: Screen = {
  path: '/restores/:id',
  below: '/restore',
  needs: 'backup.read',
  title: () => words().title,
  view: Restore,
};
