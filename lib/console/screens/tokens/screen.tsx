/** Who may sign in, and by what. */
import { useState } from 'preact/hooks';
import type { Role } from '../../../model/access/permissions.ts';
import type { TokenView } from '../../../model/records/access.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { createToken, listTokens, revokeToken } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Select } from '../../parts/field.tsx';
import { Loading, ProblemNotice } from '../../parts/notice.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { Time } from '../../parts/time.tsx';
import { type Screen, useMay } from '../../screen.ts';
import { roleWords, words } from './words.ts';

const SHOWN = 500;
const DAY_SECONDS = 24 * 3600;
const isRole = (text: string): text is Role => Object.hasOwn(roleWords(), text);

const Tokens = () => {
  const t = words();
  const may = useMay();
  const live = useLive((signal) => listTokens({ limit: SHOWN }, signal), []);
  const [asked, setAsked] = useState<'create' | TokenView | undefined>();
  const close = (): void => {
    setAsked(undefined);
    live.reload();
  };
  return (
    <section class="screen">
      <div>
        <h1>{t.title}</h1>
        <p class="quiet">{t.lead}</p>
      </div>
      <ProblemNotice problem={live.problem} onRetry={live.reload} />
      {live.value === undefined && live.problem === undefined && <Loading />}
      {live.value !== undefined && (
        <div class="card">
          <table class="stacked">
            <thead>
              <tr>
                <th scope="col">{t.name}</th>
                <th scope="col">{t.made}</th>
                <th scope="col">{t.ends}</th>
                <th scope="col">{t.used}</th>
                <th scope="col">
                  <span class="unseen">{t.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {live.value.resources.map((token) => (
                <tr key={token.id}>
                  <th scope="row">
                    <span class="name break">{visible(token.name)}</span>
                    <span class="quiet">
                      {token.role} · {token.domain === null ? t.everywhere : visible(token.domain)}
                    </span>
                  </th>
                  <td data-name={t.made}>
                    <Time at={token.createdAt} />
                  </td>
                  <td data-name={t.ends}>
                    <Time at={token.expiresAt} fallback={t.neverEnds} />
                  </td>
                  <td data-name={t.used}>
                    <Time at={token.lastUsedAt} />
                  </td>
                  <td>
                    {may('token.write') && (
                      <button
                        type="button"
                        class="danger"
                        aria-label={t.revokeOf(visible(token.name))}
                        onClick={() => setAsked(token)}
                      >
                        {t.revoke}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {may('token.write') && (
        <div class="actions">
          <button type="button" onClick={() => setAsked('create')}>
            {t.create}
          </button>
        </div>
      )}
      {asked === 'create' && <CreateToken onClose={close} />}
      {asked !== undefined && asked !== 'create' && <Revoke token={asked} onClose={close} />}
    </section>
  );
};

const Revoke = ({ token: { id, name }, onClose }: { token: TokenView; onClose: () => void }) => {
  const t = words();
  return (
    <Confirm
      title={t.revokeTitle}
      name={t.revoke}
      onClose={onClose}
      act={async () => {
        await revokeToken(id);
        onClose();
      }}
    >
      <p>{t.revokeText(visible(name))}</p>
    </Confirm>
  );
};

const CreateToken = ({ onClose }: { onClose: () => void }) => {
  const t = words();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('backup-maker');
  const [days, setDays] = useState('');
  const [made, setMade] = useState<string | undefined>();
  const doing = useDoing(async () => {
    const { token } = await createToken({
      name,
      role,
      ...(days !== '' && { expiresInSeconds: Math.round(Number(days) * DAY_SECONDS) }),
    });
    setMade(token);
  });
  if (made !== undefined)
    return (
      <Dialog title={t.create} onClose={onClose}>
        <ShownOnce title={t.shownOnce} secret={made} />
      </Dialog>
    );
  return (
    <Dialog title={t.create} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          doing.run();
        }}
      >
        <Field
          label={t.name}
          value={name}
          onValue={setName}
          input={{ required: true, autoComplete: 'off' }}
        />
        <Select
          label={t.role}
          value={role}
          onValue={(value) => isRole(value) && setRole(value)}
          options={Object.entries(roleWords()).map(([one, text]) => [one, `${one}: ${text}`] as const)}
        />
        <Field label={t.days} hint={t.daysHint} value={days} onValue={setDays} input={{ type: 'number' }} />
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {t.createNow}
        </button>
      </form>
    </Dialog>
  );
};

export const tokensScreen: Screen = {
  path: '/tokens',
  needs: 'token.read',
  menu: { name: () => words().title, icon: 'tokens', isAdministration: true },
  title: () => words().title,
  view: Tokens,
};
