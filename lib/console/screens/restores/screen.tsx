/** Where a restore begins. The newest good backups come first, because people in trouble look for them. */
import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listBackups, listRestores } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Icon } from '../../parts/icons.tsx';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { type Screen, useFrame } from '../../screen.ts';
import { isRestorable } from '../../shown/restorable.ts';
import { zonedTime } from '../../shown/times.ts';
import { words } from './words.ts';

const LOOKED_THROUGH = 100;
const OFFERED = 5;
const SHOWN_RESTORES = 50;

const Restores = () => {
  const t = words();
  const { status } = useFrame();
  const live = useLive(
    async (signal) => ({
      backups: (await listBackups({ limit: LOOKED_THROUGH }, signal)).resources,
      restores: (await listRestores({ limit: SHOWN_RESTORES }, signal)).resources,
    }),
    [status?.operation?.id],
  );
  return (
    <section class="screen">
      <div>
        <h1>{t.title}</h1>
        <p class="quiet">{t.lead}</p>
      </div>
      <ProblemNotice problem={live.problem} onRetry={live.reload} />
      {live.value === undefined ? (
        live.problem === undefined && <Loading />
      ) : (
        <>
          <Offers backups={live.value.backups} />
          <History restores={live.value.restores} />
        </>
      )}
    </section>
  );
};

type Backups = Awaited<ReturnType<typeof listBackups>>['resources'];
type RestoreList = Awaited<ReturnType<typeof listRestores>>['resources'];

const Offers = ({ backups }: { backups: Backups }) => {
  const t = words();
  const good = backups.filter(isRestorable);
  return (
    <section class="card" aria-labelledby="newest">
      <h2 id="newest">{t.newest}</h2>
      {good.length === 0 && (
        <Empty title={t.none}>
          <p class="quiet">{t.noneHint}</p>
        </Empty>
      )}
      <ul class="plain-list offered">
        {good.slice(0, OFFERED).map((backup) => (
          <Offer key={backup.id} backup={backup} />
        ))}
      </ul>
      {good.length > 0 && (
        <p class="older">
          <a href={to('/backups')}>{t.older}</a> <span class="quiet">{t.olderHint}</span>
        </p>
      )}
    </section>
  );
};

const Offer = ({
  backup: { id, label, description, createdAt, components, sourceBytes, verifiedAt, state },
}: {
  backup: Backups[number];
}) => {
  const t = words();
  return (
    <li>
      <div>
        <p>
          <a href={to(`/backups/${id}`)} class="name">
            {visible(label)}
          </a>{' '}
          <span class="quiet">{visible(description)}</span>
        </p>
        <p>
          <Time at={createdAt} />
        </p>
        <p class="quiet">
          {Object.keys(components).map(visible).join(', ')} · {formatBytes(sourceBytes)}
        </p>
      </div>
      <div class="offer">
        {state === 'PARTIAL' && <StateBadge state={state} />}
        {verifiedAt !== null && (
          <span class="badge good">
            <Icon name="good" />
            {t.verified}
          </span>
        )}
        <a
          class="main-button"
          href={to(`/backups/${id}/restore`)}
          aria-label={t.restoreOf(visible(label), zonedTime(createdAt))}
        >
          {t.restore}
        </a>
      </div>
    </li>
  );
};

const History = ({ restores }: { restores: RestoreList }) => {
  const t = words();
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">{t.history}</h2>
      {restores.length === 0 && <p class="quiet">{t.noHistory}</p>}
      <ul class="plain-list rows">
        {restores.map(({ id, state, dryRun, createdAt, components }) => (
          <li key={id}>
            <StateBadge state={state} />
            <a href={to(`/restores/${id}`)}>
              <Time at={createdAt} />
            </a>
            {dryRun && <span class="quiet">{t.dryRun}</span>}
            <span class="quiet">{Object.keys(components).map(visible).join(', ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
};

export const restoresScreen: Screen = {
  path: '/restore',
  needs: 'restore.plan',
  menu: { name: () => words().menu, icon: 'restore' },
  title: () => words().title,
  view: Restores,
};
