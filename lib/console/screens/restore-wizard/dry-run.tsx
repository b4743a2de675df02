/** What the dry run found, and the button that restores. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { newKey } from '../../../client/call.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { createRestore, getRestore } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { Check } from '../../parts/forms/field.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { Icon } from '../../parts/icons.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { PlanView } from '../../parts/plan/plan-view.tsx';
import { go } from '../../routing.ts';
import { useFrame, useMay } from '../../screen.ts';
import { type Choice, inPlaceOf, requestOf } from './request.ts';
import { words } from './words.ts';

const LOOK_MILLISECONDS = 500;

export const DryRun = ({ id, backup, choice }: { id: string; backup: BackupView; choice: Choice }) => {
  const t = words();
  const live = useLive(
    (signal) => getRestore(id, signal),
    [id],
    (restore) => (restore === undefined || restore.state === 'IN_PROGRESS' ? LOOK_MILLISECONDS : undefined),
  );
  const restore = live.value;
  const isDone = restore !== undefined && restore.state !== 'IN_PROGRESS';
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isDone) heading.current?.focus();
  }, [isDone]);
  return (
    <div class="dry-run" ref={heading} tabIndex={-1}>
      {live.problem?.isPassing !== true && <ProblemNotice problem={live.problem} onRetry={live.reload} />}
      <div role="status">
        {!isDone && live.problem === undefined && (
          <p class="loading">
            <Icon name="running" turns />
            {t.looking}
          </p>
        )}
      </div>
      {isDone && <Planned restore={restore} backup={backup} choice={choice} />}
    </div>
  );
};

const Planned = ({
  restore,
  backup,
  choice,
}: {
  restore: RestoreRecord;
  backup: BackupView;
  choice: Choice;
}) => {
  const t = words();
  const may = useMay();
  const { state, shortError } = restore;
  return (
    <>
      {state === 'REFUSED' && (
        <Notice tone="bad" title={t.refused}>
          {shortError !== '' && <p>{visible(shortError)}</p>}
        </Notice>
      )}
      {(state === 'FAILED' || state === 'CANCELLED') && <Notice tone="bad" title={visible(shortError)} />}
      <PlanView restore={restore} />
      {state === 'SUCCESS' &&
        (may('restore.run') ? (
          <Run backup={backup} choice={choice} />
        ) : (
          <Notice tone="plain" title={t.mayNot} />
        ))}
    </>
  );
};

const Run = ({ backup, choice }: { backup: BackupView; choice: Choice }) => {
  const t = words();
  const { refreshStatus } = useFrame();
  const inPlace = inPlaceOf(choice).map(visible).join(', ');
  const [isSure, setIsSure] = useState(false);
  // A request with the same key begins no second restore, even if it is sent again because its answer was lost.
  const idempotencyKey = useMemo(() => newKey(), []);
  const doing = useDoing(async (approvalId) => {
    const { id } = await createRestore(backup.id, requestOf(choice), idempotencyKey, approvalId);
    refreshStatus();
    go(`/restores/${id}`);
  });
  return (
    <form
      class="card"
      onSubmit={onSubmit(() => {
        if (inPlace === '' || isSure) doing.run();
      })}
    >
      <h2>{t.run}</h2>
      {inPlace !== '' && (
        <>
          <Notice tone="attention" title={t.inPlace(inPlace)} />
          <Check label={t.inPlaceSure(inPlace)} checked={isSure} onChecked={setIsSure} />
        </>
      )}
      <ProblemNotice problem={doing.problem} />
      <button type="submit" class="main-button" disabled={doing.isBusy || (inPlace !== '' && !isSure)}>
        {t.runNow}
      </button>
    </form>
  );
};
