import type { BackupView } from '../../../model/records/backup.ts';
import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { VirtualList } from '../../parts/lists/virtual-list.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { words as shared } from '../../words/shared.ts';
import { words } from './words.ts';

const ROW_HEIGHTS = { wide: 60, tall: 92 };

export const BackupRows = ({
  total,
  at,
  onSeen,
}: {
  total: number;
  at: (index: number) => BackupView | undefined;
  onSeen?: (first: number, last: number) => void;
}) => {
  const t = words();
  return (
    <VirtualList
      className="backup-rows"
      label={t.list}
      rowHeights={ROW_HEIGHTS}
      total={total}
      {...(onSeen !== undefined && { onSeen })}
      columns={[
        { id: 'what', name: t.what },
        { id: 'state', name: shared().state },
        { id: 'parts', name: shared().components },
        { id: 'size', name: shared().size },
      ]}
      row={(index) => {
        const backup = at(index);
        if (backup === undefined) return undefined;
        const { id, label, description, createdAt, state, components, sourceBytes, createdBy } = backup;
        return [
          <a key="what" href={to(`/backups/${id}`)} class="row-link">
            <span class="name">
              {visible(label)}
              {description !== '' && <span class="quiet"> · {visible(description)}</span>}
            </span>
            <span class="quiet">
              <Time at={createdAt} /> {shared().by(visible(createdBy))}
            </span>
          </a>,
          <StateBadge key="state" state={state} />,
          <span key="parts" class="quiet clipped">
            {Object.keys(components).map(visible).join(', ')}
          </span>,
          <span key="size">{formatBytes(sourceBytes)}</span>,
        ];
      }}
    />
  );
};
