/** One backup: how it ended, what it holds, what became of it, and what can be done with it. */
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { getBackup } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { Notice } from '../../parts/notice.tsx';
import { OperationProgress } from '../../parts/operation-progress.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { words as shared } from '../../words/shared.ts';
import { Actions } from './actions.tsx';
import { Facts } from './facts.tsx';
import { HoldAndRemoval } from './hold-and-removal.tsx';
import { Log } from './log.tsx';
import { Parts } from './parts.tsx';
import { words } from './words.ts';

const BUSY_MILLISECONDS = 1_000;
const ENDED_MILLISECONDS = 15_000;

const Backup = ({ params }: ScreenProps) => {
  const id = params.id ?? '';
  const live = useLive(
    (signal) => getBackup(id, signal),
    [id],
    (backup) => (backup?.state === 'IN_PROGRESS' ? BUSY_MILLISECONDS : ENDED_MILLISECONDS),
  );
  return (
    <LiveScreen live={live} title={words().title}>
      {(backup) => <Shown backup={backup} onChanged={live.reload} />}
    </LiveScreen>
  );
};

const Shown = ({ backup, onChanged }: { backup: BackupView; onChanged: () => void }) => {
  const t = words();
  const { id, label, description, state, shortError, createdAt, createdBy, replacedBy } = backup;
  const isRunning = state === 'IN_PROGRESS';
  return (
    <>
      <header class="screen-head">
        <div>
          <p class="quiet above">{t.title}</p>
          <h1>{visible(label)}</h1>
          <p class="quiet break">
            <code>{id}</code>
          </p>
        </div>
        <div role="status">
          <StateBadge state={state} />
        </div>
      </header>
      {description !== '' && <p>{visible(description)}</p>}
      <p>
        {t.created} <Time at={createdAt} /> {shared().by(visible(createdBy))}
      </p>
      {shortError !== '' && (
        <Notice tone={state === 'FAILED' ? 'bad' : 'attention'} title={visible(shortError)} />
      )}
      {backup.signature === 'unknown-signer' && <Notice tone="attention" title={t.unknownSigner} />}
      {replacedBy !== undefined && (
        <Notice tone="attention" title={t.replaced}>
          <a href={to(`/backups/${replacedBy}`)}>{replacedBy}</a>
        </Notice>
      )}
      <HoldAndRemoval backup={backup} onChanged={onChanged} />
      {isRunning && (
        <div class="card now">
          <OperationProgress id={id} kind="backup" startedAt={createdAt} progress={backup.progress} />
        </div>
      )}
      <Actions backup={backup} onChanged={onChanged} />
      <Parts components={backup.components} />
      <Facts backup={backup} />
      <Restores backup={backup} />
      {(isRunning || backup.logFileName !== '') && <Log id={id} isRunning={isRunning} />}
    </>
  );
};

const Restores = ({ backup: { restores } }: { backup: BackupView }) => {
  const t = words();
  return (
    <section class="card" aria-labelledby="restores">
      <h2 id="restores">{t.restores}</h2>
      {restores.length === 0 && <p class="quiet">{t.noRestores}</p>}
      <ul class="plain-list rows">
        {restores.map(({ id, state, dryRun }) => (
          <li key={id}>
            <a href={to(`/restores/${id}`)} class="break">
              {id}
            </a>{' '}
            {dryRun && <span class="quiet">{t.dryRun}</span>} <StateBadge state={state} />
          </li>
        ))}
      </ul>
    </section>
  );
};

export const backupScreen: Screen = {
  path: '/backups/:id',
  below: '/backups',
  needs: 'backup.read',
  title: () => words().title,
  view: Backup,
};
