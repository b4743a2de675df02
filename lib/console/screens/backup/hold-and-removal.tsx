/** That somebody holds this backup, or that it is to be deleted: who said so, why, and the button that takes it back. */
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { releaseBackup, undeleteBackup } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useMay } from '../../screen.ts';
import { words as retention } from '../retention/words.ts';
import { words } from './words.ts';

export const HoldAndRemoval = ({
  backup: { id, hold, removal, deleteAfter, lockedUntil },
  onChanged,
}: {
  backup: BackupView;
  onChanged: () => void;
}) => {
  const t = words();
  const r = retention();
  const may = useMay();
  const doing = useDoing(async (approvalId) => {
    await (removal === undefined ? releaseBackup(id, approvalId) : undeleteBackup(id));
    onChanged();
  });
  return (
    <>
      {removal !== undefined && (
        <Notice tone="attention" title={t.toBeDeleted}>
          <p>
            <Time at={deleteAfter} />, {r.wanted(visible(removal.by), visible(removal.reason))}
          </p>
          {may('backup.hold') && (
            <button type="button" onClick={doing.run} disabled={doing.isBusy}>
              {r.undelete}
            </button>
          )}
        </Notice>
      )}
      {hold !== undefined && (
        <Notice tone="plain" title={r.held(visible(hold.by), visible(hold.reason))}>
          {may('backup.hold') && (
            <button type="button" onClick={doing.run} disabled={doing.isBusy}>
              {r.release}
            </button>
          )}
        </Notice>
      )}
      {lockedUntil !== undefined && (
        <p class="quiet">
          {t.locked} <Time at={lockedUntil} />
        </p>
      )}
      <ProblemNotice problem={doing.problem} />
    </>
  );
};
