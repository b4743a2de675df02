/** All backups, with filters. */
import { useState } from 'preact/hooks';
import type { State } from '../../../model/records/operation.ts';
import { listBackups, listComponents } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { Field, Select } from '../../parts/forms/field.tsx';
import { usePages } from '../../parts/lists/pages.ts';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { goInPlace, to } from '../../routing.ts';
import { type Screen, type ScreenProps, useFrame, useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { words as shared, stateWords } from '../../words/shared.ts';
import { FilteredBackups } from './filtered.tsx';
import { BackupRows } from './rows.tsx';
import { words } from './words.ts';

const states = [
  'IN_PROGRESS',
  'SUCCESS',
  'PARTIAL',
  'FAILED',
  'CANCELLED',
] as const satisfies readonly State[];
/** The API's rule for labels. It would refuse any other text. */
const LABEL = /^[A-Za-z0-9_.-]{3,25}$/;

const Backups = ({ query }: ScreenProps) => {
  const t = words();
  const may = useMay();
  const [label, setLabel] = useState(query.get('label') ?? '');
  const state = query.get('state') ?? '';
  const component = query.get('component') ?? '';
  const components = useLive(listComponents, []).value?.resources ?? [];
  const choose = (changed: Readonly<Record<string, string>>): void => {
    const next = Object.entries({ label, state, component, ...changed }).filter(([, value]) => value !== '');
    goInPlace('/backups', Object.fromEntries(next));
  };
  const asked = LABEL.test(label) ? label : undefined;
  return (
    <section class="screen list-screen">
      <h1>{t.title}</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Field
          label={t.byLabel}
          value={label}
          onValue={(value) => {
            setLabel(value);
            choose({ label: value });
          }}
          input={{ type: 'search', maxLength: 25, placeholder: t.allLabels }}
        />
        <Select
          label={t.byState}
          value={state}
          onValue={(value) => choose({ state: value })}
          options={[['', t.any], ...states.map((one) => [one, stateWords()[one]] as const)]}
        />
        <Select
          label={t.byComponent}
          value={component}
          onValue={(value) => choose({ component: value })}
          options={[['', t.any], ...components.map(({ id }) => [id, id] as const)]}
        />
        {may('backup.contents') && (
          <a class="quiet-button" href={to('/compare')}>
            {t.compare}
          </a>
        )}
      </form>
      {state === '' && component === '' ? (
        <AllBackups label={asked} />
      ) : (
        <FilteredBackups
          key={`${asked}/${state}/${component}`}
          label={asked}
          state={state}
          component={component}
        />
      )}
    </section>
  );
};

const AllBackups = ({ label }: { label: string | undefined }) => {
  const t = words();
  const may = useMay();
  const { status } = useFrame();
  const pages = usePages(
    (skip, limit, signal) => listBackups({ skip, limit, ...(label !== undefined && { label }) }, signal),
    [label, status?.operation?.id],
  );
  if (pages.problem !== undefined && pages.total === undefined)
    return <ProblemNotice problem={pages.problem} onRetry={pages.reload} />;
  if (pages.total === undefined) return <Loading />;
  if (pages.total === 0)
    return label === undefined ? (
      <Empty title={t.none}>
        <p>{t.noneHint}</p>
        {may('backup.create') && (
          <a class="main-button" href={to('/new')}>
            {t.make}
          </a>
        )}
      </Empty>
    ) : (
      <Empty title={t.noneFits} />
    );
  return (
    <>
      <p class="quiet" role="status">
        {shared().total(counted(pages.total))}
      </p>
      <BackupRows total={pages.total} at={pages.at} onSeen={pages.want} />
    </>
  );
};

export const backupsScreen: Screen = {
  path: '/backups',
  needs: 'backup.read',
  menu: { name: () => words().title, icon: 'backups' },
  title: () => words().title,
  view: Backups,
};
