import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import type { PlannedBackup, RetentionPlan } from '../../api/calls.ts';
import { Icon } from '../../parts/icons.tsx';
import { VirtualList } from '../../parts/lists/virtual-list.tsx';
import { to } from '../../routing.ts';
import { counted, relativeTime, zonedTime } from '../../shown/times.ts';
import { translatedSentence } from '../../words/sentences.ts';
import { words } from './words.ts';

const ROW_HEIGHTS = { wide: 60, tall: 108 };

/** Each backup, what becomes of it, and the reason. */
export const Plan = ({ plan: { resources, kept, removed, removedBytes } }: { plan: RetentionPlan }) => {
  const t = words();
  return (
    <>
      <p class="figures" role="status">
        <span class="badge good">{t.stay(counted(kept))}</span>
        {removed > 0 && <span class="badge bad">{t.go(counted(removed), formatBytes(removedBytes))}</span>}
      </p>
      {resources.length > 0 && (
        <VirtualList
          label={t.preview}
          className="retention-rows"
          rowHeights={ROW_HEIGHTS}
          total={resources.length}
          columns={[
            { id: 'what', name: t.backup },
            { id: 'state', name: t.verdict },
            { id: 'why', name: t.why },
          ]}
          row={(index) => {
            const planned = resources[index];
            if (planned === undefined) return undefined;
            const { backupId, committedAt, label, archiveBytes, reasons } = planned;
            const because = reasons.map((one) => translatedSentence(one.replace(/^(kept|removed): /, '')));
            const why = because.map(({ text }) => visible(text)).join('; ');
            return [
              <a key="what" href={to(`/backups/${backupId}`)} class="row-link">
                <span class="name">{zonedTime(committedAt)}</span>
                <span class="quiet">
                  {relativeTime(committedAt)} · {visible(label)} · {formatBytes(archiveBytes)}
                </span>
              </a>,
              <Verdict key="state" planned={planned} />,
              <span key="why" class="why quiet" title={why} lang={because.find(({ lang }) => lang)?.lang}>
                {why}
              </span>,
            ];
          }}
        />
      )}
    </>
  );
};

const Verdict = ({ planned: { keep, deleteAfter } }: { planned: PlannedBackup }) => {
  const t = words();
  if (keep)
    return (
      <span class="badge good">
        <Icon name="good" />
        {t.keep}
      </span>
    );
  return (
    <span class="badge bad">
      <Icon name="bad" />
      {deleteAfter === null ? t.remove : t.marked}
    </span>
  );
};
