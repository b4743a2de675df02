import { useState } from 'preact/hooks';
import type { DeliveryView } from '../../../model/notices/notice-view.ts';
import type { DeliveryState } from '../../../model/records/notice.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listDeliveries, resendNotice } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Select } from '../../parts/forms/field.tsx';
import { PagedList } from '../../parts/lists/paged-list.tsx';
import { usePages } from '../../parts/lists/pages.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { useMay } from '../../screen.ts';
import { LevelBadge } from './level-badge.tsx';
import { words } from './words.ts';

const ROW_HEIGHTS = { wide: 92, tall: 176 };

/** The deliveries of notices. Those that were given up are shown first, because they need a person. */
export const Deliveries = ({ round, onResent }: { round: number; onResent: () => void }) => {
  const t = words();
  const [state, setState] = useState<DeliveryState>('dead');
  const [isResent, setIsResent] = useState(false);
  const pages = usePages(
    (skip, limit, signal) => listDeliveries({ skip, limit, state }, signal),
    [state, round],
  );
  const none = { dead: t.noneDead, waiting: t.noneWaiting, delivered: t.noneDelivered }[state];
  return (
    <section class="card plan" aria-labelledby="deliveries">
      <div class="list-head">
        <h2 id="deliveries">{t.deliveries}</h2>
        <Select
          label={t.which}
          value={state}
          onValue={(value) => setState(value as DeliveryState)}
          options={[
            ['dead', t.dead],
            ['waiting', t.waitingOnes],
            ['delivered', t.delivered],
          ]}
        />
      </div>
      <div role="status">{isResent && <p class="quiet">{t.resent}</p>}</div>
      <PagedList
        pages={pages}
        none={none}
        label={t.deliveries}
        className="delivery-rows"
        rowHeights={ROW_HEIGHTS}
        columns={[
          { id: 'what', name: t.what },
          { id: 'answer', name: t.answer },
          { id: 'act', name: t.actions },
        ]}
        cells={(delivery) => [
          <What key="what" delivery={delivery} />,
          <span key="answer" class="why quiet" title={visible(delivery.lastAnswer)}>
            {visible(delivery.lastAnswer)}
          </span>,
          <Resend
            key="act"
            delivery={delivery}
            onResent={() => {
              setIsResent(true);
              onResent();
            }}
          />,
        ]}
      />
    </section>
  );
};

const What = ({ delivery: { noticeId, type, channel, createdAt, attempts } }: { delivery: DeliveryView }) => (
  <a href={to(`/notices/${noticeId}`)} class="row-link">
    <span>
      <LevelBadge type={type} />
    </span>
    <span class="name">{visible(channel)}</span>
    <span class="quiet">
      <Time at={createdAt} /> · {words().attempts(attempts)}
    </span>
  </a>
);

const Resend = ({
  delivery: { noticeId, channel, state },
  onResent,
}: {
  delivery: DeliveryView;
  onResent: () => void;
}) => {
  const t = words();
  const may = useMay();
  const doing = useDoing(async () => {
    await resendNotice(noticeId, { channel });
    onResent();
  });
  if (state === 'waiting' || !may('notice.write')) return null;
  return (
    <>
      <button
        type="button"
        onClick={doing.run}
        disabled={doing.isBusy}
        aria-label={`${t.resend}: ${visible(channel)}`}
      >
        {t.resend}
      </button>
      <ProblemNotice problem={doing.problem} />
    </>
  );
};
