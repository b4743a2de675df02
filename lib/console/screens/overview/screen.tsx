/** The overview: how well everything is backed up, what runs, and what needs a person. */
import type { ApprovalView } from '../../../model/records/approval.ts';
import type { BackupKeyView } from '../../../model/records/keys.ts';
import type { ScheduleView } from '../../../model/schedules/schedule-view.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listApprovals, listBackups, listComponents, listKeys, listSchedules } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { to } from '../../routing.ts';
import { type Screen, useFrame, useMay } from '../../screen.ts';
import { clockFault, now } from '../../shown/clock.ts';
import { listed } from '../../shown/listed.ts';
import { Attention } from './attention.tsx';
import { Calendar } from './calendar.tsx';
import { Components } from './components.tsx';
import { needsOf } from './needs.ts';
import { RunningNow } from './running-now.tsx';
import { everyOf, standings } from './standing.ts';
import { words } from './words.ts';

const REFRESH_MILLISECONDS = 30_000;
const RECENT = 200;
const RECENT_APPROVALS = 100;

const Overview = () => {
  const t = words();
  const { status } = useFrame();
  const may = useMay();
  // The screen loads again when the running operation changes, so that the result of one that has just ended is seen
  // at once.
  const runs = status?.operation?.id;
  const mayKeys = may('key.read');
  const live = useLive(
    async (signal) => {
      const [components, backups, keys, schedules, approvals] = await Promise.all([
        listComponents(signal),
        may('backup.read') ? listBackups({ limit: RECENT }, signal) : undefined,
        mayKeys ? listKeys(signal) : undefined,
        may('schedule.read') ? listSchedules(signal) : undefined,
        may('approval.read') ? listApprovals({ limit: RECENT_APPROVALS }, signal) : undefined,
      ]);
      return {
        components: components.resources,
        backups: backups?.resources ?? [],
        total: backups?.total ?? 0,
        keys: keys?.resources,
        schedules: schedules?.resources ?? [],
        approvals: approvals?.resources ?? [],
      };
    },
    [runs, mayKeys],
    () => REFRESH_MILLISECONDS,
  );
  const found = live.value;
  return (
    <section class="screen overview">
      <h1>{t.title}</h1>
      {live.problem?.isPassing !== true && <ProblemNotice problem={live.problem} onRetry={live.reload} />}
      <RunningNow />
      {found === undefined ? (
        live.problem === undefined && <Loading />
      ) : found.components.length === 0 ? (
        <Empty title={t.noComponents}>
          <p>{t.noComponentsHint}</p>
        </Empty>
      ) : (
        <Found {...found} />
      )}
    </section>
  );
};

type Found = {
  components: Parameters<typeof standings>[0];
  backups: Parameters<typeof standings>[1];
  total: number;
  keys: readonly BackupKeyView[] | undefined;
  schedules: readonly ScheduleView[];
  approvals: readonly ApprovalView[];
};

const Found = ({ components, backups, total, keys, schedules, approvals }: Found) => {
  const t = words();
  const may = useMay();
  const at = now();
  const found = standings(components, backups, at, (id) => everyOf(schedules, id));
  const { status, session } = useFrame();
  const isBusy = status?.operation != null;
  const { kind, id } = session.principal;
  const isOfDomains = session.grants.every(({ domain }) => domain != null);
  const viewer = { kind, id, mayApprove: may('approval.grant') };
  return (
    <>
      <div class="two">
        {backups.length === 0 && !isBusy && may('backup.create') && (
          <div class="card restore-line">
            <h2>{t.firstBackup}</h2>
            <p>{listed(components.map(({ id }) => visible(id)))}</p>
            <p class="quiet">{t.firstBackupHint}</p>
            <a class="main-button" href={to('/new')}>
              {t.firstBackupNow}
            </a>
          </div>
        )}
        <Attention
          needs={needsOf({
            standings: found,
            clockFault: clockFault(),
            isOfDomains,
            backups,
            keys: keys && { all: keys, mayExport: may('key.export') },
            approvals: { all: approvals, of: viewer },
          })}
        />
        {may('restore.plan') && backups.length > 0 && (
          <div class="card restore-line">
            <h2>{t.restoreLine}</h2>
            <p>{t.restoreHint}</p>
            <a class="button" href={to('/restore')}>
              {t.restoreNow}
            </a>
          </div>
        )}
      </div>
      <Components standings={found} isOfDomains={isOfDomains} />
      <Calendar backups={backups} total={total} now={at} />
    </>
  );
};

export const overviewScreen: Screen = {
  path: '/',
  needs: 'installation.read',
  menu: { name: () => words().title, icon: 'overview' },
  title: () => words().title,
  view: Overview,
};
