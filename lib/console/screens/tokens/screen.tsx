/** The API tokens: listed, made, revoked. */
import { useState } from 'preact/hooks';
import type { Role } from '../../../model/access/permissions.ts';
import type { TokenView } from '../../../model/records/access.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { createToken, listTokens, revokeToken } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/forms/field.tsx';
import { RoleSelect } from '../../parts/forms/role-select.tsx';
import { ShownOnce } from '../../parts/forms/shown-once.tsx';
import { onSubmit } from '../../parts/forms/use-form.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useAsked } from '../../parts/use-asked.ts';
import { type Screen, useMay } from '../../screen.ts';
import { words } from './words.ts';

const SHOWN = 500;
const DAY_SECONDS = 24 * 3600;

const Tokens = () => {
  const t = words();
  const may = useMay();
  const live = useLive((signal) => listTokens({ limit: SHOWN }, signal), []);
  const { asked, ask, close } = useAsked<'create' | TokenView>(live.reload);
  return (
    <LiveScreen
      live={live}
      head={
        <ScreenHead title={t.title} lead={t.lead}>
          {may('token.write') && (
            <button type="button" class="main-button" onClick={() => ask('create')}>
              {t.create}
            </button>
          )}
        </ScreenHead>
      }
    >
      {({ resources }) => (
        <>
          <div class="card">
            <StackedTable columns={[t.name, t.ends, t.used, { unseen: t.actions }]}>
              {resources.map((token) => (
                <Token key={token.id} token={token} onRevoke={() => ask(token)} />
              ))}
            </StackedTable>
          </div>
          {asked === 'create' && <CreateToken onClose={close} />}
          {asked !== undefined && asked !== 'create' && <Revoke token={asked} onClose={close} />}
        </>
      )}
    </LiveScreen>
  );
};

const Token = ({ token, onRevoke }: { token: TokenView; onRevoke: () => void }) => {
  const t = words();
  const may = useMay();
  const { name, role, domain, createdAt, expiresAt, lastUsedAt } = token;
  return (
    <tr>
      <th scope="row">
        <span class="name break">{visible(name)}</span>
        <span class="quiet">
          {role} · {domain === null ? t.everywhere : visible(domain)}
        </span>
        <span class="quiet">
          {t.made} <Time at={createdAt} />
        </span>
      </th>
      <td data-name={t.ends}>
        <Time at={expiresAt} fallback={t.neverEnds} />
      </td>
      <td data-name={t.used}>
        <Time at={lastUsedAt} />
      </td>
      <td>
        {may('token.write') && (
          <button type="button" class="danger" aria-label={t.revokeOf(visible(name))} onClick={onRevoke}>
            {t.revoke}
          </button>
        )}
      </td>
    </tr>
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
      <form onSubmit={onSubmit(doing.run)}>
        <Field
          label={t.name}
          value={name}
          onValue={setName}
          input={{ required: true, autoComplete: 'off' }}
        />
        <RoleSelect label={t.role} value={role} onValue={setRole} />
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
