import { useState } from 'preact/hooks';
import type { Role } from '../../../model/access/permissions.ts';
import type { PersonView } from '../../../model/records/person.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listDomains } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { changePerson, createPerson } from '../../api/people.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Select } from '../../parts/forms/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useMay } from '../../screen.ts';
import { roleWords } from '../tokens/words.ts';
import { words } from './words.ts';

interface TypedGrant {
  readonly role: Role;
  /** Empty: the whole installation. */
  readonly domain: string;
}

const isRole = (text: string): text is Role => Object.hasOwn(roleWords(), text);

/** A person made, or changed: the domain that they belong to stays as it was made. */
export const EditPerson = ({
  person,
  onClose,
  onInvited,
}: {
  person?: PersonView;
  onClose: () => void;
  onInvited: (made: { readonly signInName: string; readonly invitation: string }) => void;
}) => {
  const t = words();
  const may = useMay();
  const domains = useLive(
    async (signal) =>
      may('domain.read') ? (await listDomains(signal)).resources.map(({ name }) => name) : [],
    [],
  );
  const [name, setName] = useState(person?.name ?? '');
  const [mail, setMail] = useState(person?.mail ?? '');
  const [grants, setGrants] = useState<readonly TypedGrant[]>(
    person?.grants.map(({ role, domain }) => ({ role, domain: domain ?? '' })) ?? [
      { role: 'operator', domain: '' },
    ],
  );
  const change = (index: number, changed: Partial<TypedGrant>): void =>
    setGrants(grants.map((one, place) => (place === index ? { ...one, ...changed } : one)));
  const doing = useDoing(async () => {
    const said = {
      name: name.trim(),
      mail: mail.trim() === '' ? null : mail.trim(),
      grants: grants.map(({ role, domain }) => ({ role, ...(domain !== '' && { domain }) })),
    };
    if (person === undefined) return onInvited(await createPerson(said));
    await changePerson(person.id, said);
    onClose();
  });
  return (
    <Dialog title={person === undefined ? t.create : t.editTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          doing.run();
        }}
      >
        <Field
          label={t.name}
          hint={t.nameHint}
          value={name}
          onValue={setName}
          input={{ required: true, maxLength: 64, autoComplete: 'off', spellcheck: false }}
        />
        <Field
          label={t.mail}
          value={mail}
          onValue={setMail}
          input={{ type: 'email', maxLength: 254, autoComplete: 'off' }}
        />
        {grants.map((grant, index) => (
          <div key={index} class="side-by-side">
            <Select
              label={t.role}
              value={grant.role}
              onValue={(role) => isRole(role) && change(index, { role })}
              options={Object.entries(roleWords()).map(([one, text]) => [one, `${one}: ${text}`] as const)}
            />
            <Select
              label={t.where}
              value={grant.domain}
              onValue={(domain) => change(index, { domain })}
              options={[
                ['', t.everywhere],
                ...(domains.value ?? []).map((one) => [one, visible(one)] as const),
              ]}
            />
            {grants.length > 1 && (
              <button
                type="button"
                class="quiet-button"
                onClick={() => setGrants(grants.filter((_, place) => place !== index))}
              >
                {t.removeRole}
              </button>
            )}
          </div>
        ))}
        <button
          type="button"
          class="quiet-button"
          onClick={() => setGrants([...grants, { role: 'auditor', domain: '' }])}
        >
          {t.addRole}
        </button>
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {person === undefined ? t.createNow : t.save}
        </button>
      </form>
    </Dialog>
  );
};
