/**
 * The backups that no rule decides on: those that somebody holds, and those that somebody wants deleted, until that is
 * taken back.
 */
import type { BackupView } from '../../../model/records/backup.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { releaseBackup, undeleteBackup } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { words } from './words.ts';

export const HeldAndRemoved = ({
  backups,
  onChanged,
}: {
  backups: readonly BackupView[];
  onChanged: () => void;
}) => {
  const t = words();
  const found = backups.filter(({ hold, removal }) => hold !== undefined || removal !== undefined);
  return (
    <section class="card" aria-labelledby="held-and-removed">
      <h2 id="held-and-removed">{t.kept}</h2>
      {found.length === 0 && <p class="quiet">{t.keptNone}</p>}
      <ul class="plain-list offered">
        {found.map((backup) => (
          <Entry key={backup.id} backup={backup} onChanged={onChanged} />
        ))}
      </ul>
      <p class="quiet hint">{t.looked(counted(backups.length))}</p>
    </section>
  );
};

const Entry = ({ backup, onChanged }: { backup: BackupView; onChanged: () => void }) => {
  const t = words();
  const may = useMay();
  const { id, label, createdAt, hold, removal, deleteAfter } = backup;
  const doing = useDoing(async (approvalId) => {
    await (removal === undefined ? releaseBackup(id, approvalId) : undeleteBackup(id));
    onChanged();
  });
  return (
    <li>
      <div>
        <p>
          <a href={to(`/backups/${id}`)} class="name">
            {visible(label)}
          </a>
          , <Time at={createdAt} />
        </p>
        {hold !== undefined && <p class="quiet">{t.held(visible(hold.by), visible(hold.reason))}</p>}
        {removal !== undefined && (
          <p>
            {t.toGo} <Time at={deleteAfter} />{' '}
            <span class="quiet">{t.wanted(visible(removal.by), visible(removal.reason))}</span>
          </p>
        )}
        <ProblemNotice problem={doing.problem} />
      </div>
      {may('backup.hold') && (
        <button
          type="button"
          onClick={doing.run}
          disabled={doing.isBusy}
          aria-label={`${removal === undefined ? t.release : t.undelete}: ${id}`}
        >
          {removal === undefined ? t.release : t.undelete}
        </button>
      )}
    </li>
  );
};
