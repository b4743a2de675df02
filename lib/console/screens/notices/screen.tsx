/** The channels, the deliveries, and all notices. */
import { useState } from 'preact/hooks';
import { eventTypes } from '../../../model/records/event-types.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listNotices } from '../../api/calls.ts';
import { Select } from '../../parts/forms/field.tsx';
import { PagedList } from '../../parts/lists/paged-list.tsx';
import { usePages } from '../../parts/lists/pages.ts';
import { ScreenHead } from '../../parts/live-screen.tsx';
import { Time } from '../../parts/time.tsx';
import { go, to } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { Channels } from './channels.tsx';
import { Deliveries } from './deliveries.tsx';
import { LevelBadge } from './level-badge.tsx';
import { words } from './words.ts';

const ROW_HEIGHTS = { wide: 60, tall: 108 };

const Notices = ({ query }: ScreenProps) => {
  const t = words();
  // A test may switch a channel on again, and then its waiting deliveries are sent. So both lists are read again.
  const [round, setRound] = useState(0);
  const changed = (): void => setRound((one) => one + 1);
  return (
    <section class="screen">
      <ScreenHead title={t.title} lead={t.lead} />
      <Channels onTested={changed} />
      <Deliveries round={round} onResent={changed} />
      <NoticeLog type={query.get('type') ?? ''} round={round} />
    </section>
  );
};

const NoticeLog = ({ type, round }: { type: string; round: number }) => {
  const t = words();
  const pages = usePages(
    (skip, limit, signal) => listNotices({ skip, limit, type: type === '' ? undefined : type }, signal),
    [type, round],
  );
  return (
    <section class="card plan" aria-labelledby="told">
      <div class="list-head">
        <h2 id="told">{t.log}</h2>
        <Select
          label={t.ofType}
          value={type}
          onValue={(value) => go('/notices', value === '' ? {} : { type: value })}
          options={[['', t.allTypes], ...eventTypes.map((one) => [one, one] as const)]}
        />
      </div>
      <PagedList
        pages={pages}
        none={t.none}
        label={t.log}
        className="notice-rows"
        rowHeights={ROW_HEIGHTS}
        columns={[
          { id: 'what', name: t.notice },
          { id: 'type', name: t.ofType },
          { id: 'told', name: t.told },
        ]}
        cells={({ id, type: what, title, summary, at, channels }) => [
          <a key="what" href={to(`/notices/${id}`)} class="row-link">
            <span class="name">{visible(title ?? summary.split('\n')[0] ?? what)}</span>
            <span>
              <Time at={at} />
            </span>
          </a>,
          <LevelBadge key="type" type={what} />,
          <span key="told" class="quiet clipped">
            {channels.length === 0 ? t.toNobody : channels.map(visible).join(', ')}
          </span>,
        ]}
      />
    </section>
  );
};

export const noticesScreen: Screen = {
  path: '/notices',
  needs: 'notice.read',
  menu: { name: () => words().title, icon: 'notices', isAdministration: true },
  title: () => words().title,
  view: Notices,
};
