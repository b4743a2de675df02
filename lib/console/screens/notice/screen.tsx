/** One notice: what it says, what to do next, and whether it arrived at each channel. */
import type { DeliveryView, NoticeView } from '../../../model/notices/notice-view.ts';
import type { DeliveryState } from '../../../model/records/notice.ts';
import { visible, visibleLines } from '../../../model/text/visible-text.ts';
import { getNotice, resendNotice } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen } from '../../parts/live-screen.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { type Screen, type ScreenProps, useMay } from '../../screen.ts';
import { LevelBadge } from '../notices/level-badge.tsx';
import { words } from '../notices/words.ts';

const LOOK_MILLISECONDS = 2_000;

const NoticeScreen = ({ params }: ScreenProps) => {
  const id = params.id ?? '';
  const live = useLive(
    (signal) => getNotice(id, signal),
    [id],
    (notice) =>
      notice?.deliveries.some(({ state }) => state === 'waiting') === true ? LOOK_MILLISECONDS : undefined,
  );
  return (
    <LiveScreen live={live} title={words().titleOne}>
      {(notice) => <Shown notice={notice} onChanged={live.reload} />}
    </LiveScreen>
  );
};

const Shown = ({ notice, onChanged }: { notice: NoticeView; onChanged: () => void }) => {
  const t = words();
  const may = useMay();
  const { id, type, at, title, summary, nextSteps = [], backupId, deliveries } = notice;
  const doing = useDoing(async () => {
    await resendNotice(id, {});
    onChanged();
  });
  return (
    <>
      <header class="screen-head">
        <div>
          <p class="quiet above">{t.titleOne}</p>
          <h1>{visible(title ?? type)}</h1>
          <p>
            <Time at={at} />
          </p>
        </div>
        <LevelBadge type={type} />
      </header>
      <div class="card stack">
        <pre class="log">{visibleLines(summary)}</pre>
        {backupId !== undefined && (
          <a href={to(`/backups/${backupId}`)} class="break">
            {visible(backupId)}
          </a>
        )}
        {nextSteps.length > 0 && (
          <div>
            <h2>{t.nextSteps}</h2>
            <pre class="log">{visibleLines(nextSteps.join('\n'))}</pre>
          </div>
        )}
      </div>
      <section class="card" aria-labelledby="deliveries">
        <h2 id="deliveries">{t.deliveries}</h2>
        {deliveries.length === 0 ? (
          <p class="quiet">{t.toNobody}</p>
        ) : (
          <StackedTable columns={[t.channel, t.stands, t.answer]}>
            {deliveries.map((delivery) => (
              <Delivery key={delivery.channel} delivery={delivery} />
            ))}
          </StackedTable>
        )}
        <ProblemNotice problem={doing.problem} />
        {may('notice.write') && deliveries.some(({ state }) => state === 'dead') && (
          <button type="button" onClick={doing.run} disabled={doing.isBusy}>
            {t.resendAll}
          </button>
        )}
      </section>
    </>
  );
};

const tones = { waiting: 'running', delivered: 'good', dead: 'bad' } as const satisfies Record<
  DeliveryState,
  string
>;

const Delivery = ({
  delivery: { channel, state, attempts, lastAnswer, endedAt, nextAttemptAt },
}: {
  delivery: DeliveryView;
}) => {
  const t = words();
  const name = { waiting: t.waitingOnes, delivered: t.delivered, dead: t.dead }[state];
  return (
    <tr>
      <th scope="row">
        <span class="name break">{visible(channel)}</span>
        <span class="quiet">{t.attempts(attempts)}</span>
      </th>
      <td data-name={t.stands}>
        <span class={`badge ${tones[state]}`}>{name}</span>{' '}
        {state === 'waiting' ? (
          <span class="quiet">
            {t.next} <Time at={nextAttemptAt} />
          </span>
        ) : (
          <Time at={endedAt} fallback="" />
        )}
      </td>
      <td data-name={t.answer} class="break">
        {visible(lastAnswer)}
      </td>
    </tr>
  );
};

export const noticeScreen: Screen = {
  path: '/notices/:id',
  below: '/notices',
  needs: 'notice.read',
  title: () => words().titleOne,
  view: NoticeScreen,
};
