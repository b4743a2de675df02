/** One person, as a row of the table: what they may do, whether they can sign in, and what can be done with them. */
import type { PersonView } from '../../../model/records/person.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { useDoing } from '../../api/live.ts';
import { enablePerson } from '../../api/people.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useMay } from '../../screen.ts';
import type { Asked } from './asking.tsx';
import { words } from './words.ts';

interface PersonProps {
  readonly person: PersonView;
  readonly onAsked: (asked: Asked) => void;
  readonly onChanged: () => void;
}

export const Person = (props: PersonProps) => {
  const t = words();
  const may = useMay();
  const { signInName, mail, grants } = props.person;
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
        <Standing person={props.person} />
      </td>
      <td>{may('token.write') && <Acts {...props} />}</td>
    </tr>
  );
};

const Standing = ({
  person: { disabled, hasPassword, issuer, invitedUntil, lastUsedAt },
}: {
  person: PersonView;
}) => {
  const t = words();
  return (
    <>
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
    </>
  );
};

const Acts = ({ person, onAsked, onChanged }: PersonProps) => {
  const t = words();
  const { id, signInName, issuer, disabled } = person;
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
    <>
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
      <ProblemNotice problem={enabling.problem} />
    </>
  );
};
