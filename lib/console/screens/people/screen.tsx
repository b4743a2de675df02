/** The people who sign in: invited, changed, disabled, removed. */
import { useLive } from '../../api/live.ts';
import { listPeople } from '../../api/people.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { Empty } from '../../parts/notice.tsx';
import { useAsked } from '../../parts/use-asked.ts';
import { type Screen, useMay } from '../../screen.ts';
import { type Asked, Asking } from './asking.tsx';
import { Person } from './person.tsx';
import { words } from './words.ts';

const SHOWN = 500;

const People = () => {
  const t = words();
  const may = useMay();
  const live = useLive((signal) => listPeople({ limit: SHOWN }, signal), []);
  const { asked, ask, close } = useAsked<Asked>(live.reload);
  const create = may('token.write') && (
    <button type="button" class="main-button" onClick={() => ask({ what: 'create' })}>
      {t.create}
    </button>
  );
  return (
    <LiveScreen
      live={live}
      head={
        <ScreenHead title={t.title} lead={t.lead}>
          {live.value !== undefined && live.value.total > 0 && create}
        </ScreenHead>
      }
    >
      {({ resources }) => (
        <>
          {resources.length === 0 ? (
            <Empty title={t.none}>
              <p>{t.noneHint}</p>
              {create}
            </Empty>
          ) : (
            <div class="card">
              <StackedTable columns={[t.name, t.roles, t.stands, { unseen: t.actions }]}>
                {resources.map((person) => (
                  <Person key={person.id} person={person} onAsked={ask} onChanged={live.reload} />
                ))}
              </StackedTable>
            </div>
          )}
          {asked !== undefined && <Asking asked={asked} onAsked={ask} onClose={close} />}
        </>
      )}
    </LiveScreen>
  );
};

export const peopleScreen: Screen = {
  path: '/people',
  needs: 'token.read',
  menu: { name: () => words().title, icon: 'people', isAdministration: true },
  title: () => words().title,
  view: People,
};
