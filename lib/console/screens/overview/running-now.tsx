import type { Progress } from '../../../model/records/operation.ts';
import type { OperationKind } from '../../../model/records/operation-kinds.ts';
import { cancelOperation, getBackup, getRestore, getVerification } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { OperationProgress } from '../../parts/operation-progress.tsx';
import { to } from '../../routing.ts';
import { useFrame, useMay } from '../../screen.ts';
import { operationWords } from '../../words/shared.ts';
import { words } from './words.ts';

const LOOK_MILLISECONDS = 1_000;

const records = { backup: getBackup, restore: getRestore, verify: getVerification } as const;
const hasRecord = (kind: OperationKind): kind is keyof typeof records => Object.hasOwn(records, kind);

/** The operation that runs now, if there is one. */
export const RunningNow = () => {
  const t = words();
  const { status } = useFrame();
  const operation = status?.operation;
  if (operation === null || operation === undefined) return null;
  const { id, kind, startedAt } = operation;
  const href = kind === 'restore' ? to(`/restores/${id}`) : to(`/backups/${operation.backupId}`);
  return (
    <section class="card now" aria-labelledby="runs-now">
      <h2 id="runs-now">{t.runsNow}</h2>
      <p>
        <a href={href}>{operationWords()[kind]}</a> <code class="quiet break">{id}</code>
      </p>
      {hasRecord(kind) && <Following key={id} id={id} kind={kind} startedAt={startedAt} />}
    </section>
  );
};

const Following = ({
  id,
  kind,
  startedAt,
}: {
  id: string;
  kind: keyof typeof records;
  startedAt: string;
}) => {
  const t = words();
  const may = useMay();
  const live = useLive<{ progress: Progress }>(
    (signal) => records[kind](id, signal),
    [id],
    () => LOOK_MILLISECONDS,
  );
  const cancelling = useDoing(async () => void (await cancelOperation(id)));
  if (live.value === undefined) return null;
  const { progress } = live.value;
  return (
    <>
      <OperationProgress id={id} kind={kind} startedAt={startedAt} progress={progress} />
      <ProblemNotice problem={cancelling.problem} />
      {progress.cancelledBy !== null ? (
        <p role="status">{t.cancelling}</p>
      ) : (
        may(kind === 'restore' ? 'restore.run' : 'backup.create') && (
          <button type="button" class="quiet-button" onClick={cancelling.run} disabled={cancelling.isBusy}>
            {t.cancel}
          </button>
        )
      )}
    </>
  );
};
