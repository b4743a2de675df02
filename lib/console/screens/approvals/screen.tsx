/** The requests that others have to approve first. */
import type { ApprovalView } from '../../../model/records/approval.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listApprovals } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import type { Screen } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { approvalWords } from '../../words/approval.ts';
import { ApprovalBadge } from './badge.tsx';
import { words } from './words.ts';

const SHOWN = 100;
const REFRESH_MILLISECONDS = 10_000;

const Approvals = () => {
  const t = words();
  const live = useLive(
    (signal) => listApprovals({ limit: SHOWN }, signal),
    [],
    () => REFRESH_MILLISECONDS,
  );
  return (
    <LiveScreen live={live} head={<ScreenHead title={t.title} lead={t.lead} />}>
      {({ resources, total }) =>
        resources.length === 0 ? (
          <Empty title={t.none} />
        ) : (
          <div class="card">
            <StackedTable columns={[t.what, t.who, t.stands]}>
              {resources.map((approval) => (
                <Row key={approval.id} approval={approval} />
              ))}
            </StackedTable>
            {total > resources.length && (
              <p class="quiet">{t.newest(counted(resources.length), counted(total))}</p>
            )}
          </div>
        )
      }
    </LiveScreen>
  );
};

const Row = ({
  approval: { id, action, subject, requestedBy, createdAt, state, needed, approvals, expiresAt },
}: {
  approval: ApprovalView;
}) => {
  const t = words();
  return (
    <tr>
      <th scope="row">
        <a href={to(`/approvals/${id}`)} class="name">
          {approvalWords()[action]}
        </a>
        <span class="quiet break">{visible(subject)}</span>
      </th>
      <td data-name={t.who}>
        <span class="break">{visible(requestedBy.name)}</span> <Time at={createdAt} />
      </td>
      <td data-name={t.stands}>
        <ApprovalBadge state={state} />
        {state === 'WAITING' && (
          <p class="quiet">
            {t.count(counted(approvals.length), counted(needed))}, {t.until} <Time at={expiresAt} />
          </p>
        )}
      </td>
    </tr>
  );
};

export const approvalsScreen: Screen = {
  path: '/approvals',
  needs: 'approval.read',
  menu: { name: () => words().title, icon: 'approvals', isAdministration: true },
  title: () => words().title,
  view: Approvals,
};
