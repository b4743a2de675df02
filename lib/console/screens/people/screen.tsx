/** People who sign in with a name and a password: invited, changed, disabled, removed. */
import { useState } from 'preact/hooks';
import type { PersonView } from '../../../model/records/person.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { deletePerson, disablePerson, enablePerson, invitePerson, listPeople } from '../../api/people.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Check } from '../../parts/forms/field.tsx';
import { ShownOnce } from '../../parts/forms/shown-once.tsx';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { LiveScreen, ScreenHead } from '../../parts/live-screen.tsx';
import { Empty, ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { type Screen, useMay } from '../../screen.ts';
import { EditPerson } from './edit.tsx';
import { words } from './words.ts';

const SHOWN = 500;

type Asked =
  | { readonly what: 'edit' | 'invite' | 'disable' | 'remove'; readonly person: PersonView }
  | { readonly what: 'create' }
  | { readonly what: 'invited'; readonly name: string; readonly invitation: string };

const People = () => {
  const t = words();
  const may = useMay();
  const live = useLive((signal) => listPeople({ limit: SHOWN }, signal), []);
  const [asked, setAsked] = useState<Asked | undefined>();
  const close = (): void => {
    setAsked(undefined);
    live.reload();
  };
  const create = may('token.write') && (
    <button type="button" class="main-button" onClick={() => setAsked({ what: 'create' })}>
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
                  <Person key={person.id} person={person} onAsked={setAsked} onChanged={live.reload} />
                ))}
              </StackedTable>
            </div>
          )}
          {asked !== undefined && <Asking asked={asked} onAsked={setAsked} onClose={close} />}
        </>
      )}
    </LiveScreen>
  );
};

const Person = ({
  person,
  onAsked,
  onChanged,
}: {
  person: PersonView;
  onAsked: (asked: Asked) => void;
  onChanged: () => void;
}) => {
  const t = words();
  const may = useMay();
  const { id, signInName, mail, grants, disabled, hasPassword, issuer, invitedUntil, lastUsedAt } = person;
  const enabling = useDoing(async () => {
    await enablePerson(id);
    onChanged();
  });
  const named = (action: string): string => `${action}: ${visible(signInName)}`;
  const asks = (what: 'edit' | 'invite' | 'disable' | 'remove', name: string, tone = '') => (
    <button type="button" class={tone} aria-label={named(name)} onClick={() => onAsked({ what, person })}>
      {name}
    </button>
  );
  return (
    <tr>
      <th scope="row">
        <span class="name break">{visible(signInName)}</span>
        {mail !== null && <span class="quiet break">{visible(mail)}</span>}
      </th>
      <td data-name={t.roles}>
        {grants.map(({ role, domain }) => (
          <div key={`${role} ${domain}`}>
            {role} <span class="quiet">{domain === null ? t.everywhere : visible(domain)}</span>
          </div>
        ))}
      </td>
      <td data-name={t.stands}>
        <span class={`badge ${disabled ? 'bad' : 'good'}`}>{disabled ? t.disabled : t.active}</span>
        {issuer !== null && <div class="quiet">{t.signsInAt(visible(issuer))}</div>}
        {issuer === null && !hasPassword && <div class="quiet">{t.noPassword}</div>}
        {invitedUntil !== null && (
          <div class="quiet">
            {t.invited} <Time at={invitedUntil} />
          </div>
        )}
        <div class="quiet">
          {t.used}: <Time at={lastUsedAt} />
        </div>
      </td>
      <td>
        {may('token.write') && (
          <div class="actions">
            {issuer === null && asks('edit', t.edit)}
            {issuer === null && asks('invite', t.invite)}
            {disabled ? (
              <button
                type="button"
                aria-label={named(t.enable)}
                onClick={enabling.run}
                disabled={enabling.isBusy}
              >
                {t.enable}
              </button>
            ) : (
              asks('disable', t.disable)
            )}
            {asks('remove', t.remove, 'danger')}
          </div>
        )}
        <ProblemNotice problem={enabling.problem} />
      </td>
    </tr>
  );
};

const Asking = ({
  asked,
  onAsked,
  onClose,
}: {
  asked: Asked;
  onAsked: (asked: Asked) => void;
  onClose: () => void;
}) => {
  const t = words();
  const [withTokens, setWithTokens] = useState(false);
  if (asked.what === 'invited')
    return (
      <Dialog title={t.invite} onClose={onClose}>
        <ShownOnce title={t.invitation(visible(asked.name))} secret={asked.invitation} />
      </Dialog>
    );
  const invited = (one: { readonly signInName: string; readonly invitation: string }): void =>
    onAsked({ what: 'invited', name: one.signInName, invitation: one.invitation });
  if (asked.what === 'create') return <EditPerson onClose={onClose} onInvited={invited} />;
  const { person } = asked;
  const { id } = person;
  const name = visible(person.signInName);
  if (asked.what === 'edit') return <EditPerson person={person} onClose={onClose} onInvited={invited} />;
  if (asked.what === 'invite')
    return (
      <Confirm
        title={t.inviteTitle}
        name={t.invite}
        isDanger={person.hasPassword}
        onClose={onClose}
        act={async () => invited(await invitePerson(id))}
      >
        <p>{t.inviteText(name)}</p>
      </Confirm>
    );
  if (asked.what === 'disable')
    return (
      <Confirm
        title={t.disableTitle}
        name={t.disable}
        onClose={onClose}
        act={async () => {
          await disablePerson(id);
          onClose();
        }}
      >
        <p>{t.disableText(name)}</p>
      </Confirm>
    );
  return (
    <Confirm
      title={t.removeTitle}
      name={t.remove}
      onClose={onClose}
      act={async () => {
        await deletePerson(id, withTokens);
        onClose();
      }}
    >
      <p>{t.removeText(name)}</p>
      <Check label={t.withTokens} checked={withTokens} onChecked={setWithTokens} />
    </Confirm>
  );
};

export const peopleScreen: Screen = {
  path: '/people',
  needs: 'token.read',
  menu: { name: () => words().title, icon: 'people', isAdministration: true },
  title: () => words().title,
  view: People,
};
