/** The form of a person, new or known. It does not change the domain that a known person belongs to. */
import type { Role } from '../../../model/access/permissions.ts';
import type { PersonView } from '../../../model/records/person.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { listDomains } from '../../api/calls.ts';
import { useDoing, useLive } from '../../api/live.ts';
import { changePerson, createPerson } from '../../api/people.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Select } from '../../parts/forms/field.tsx';
import { RoleSelect } from '../../parts/forms/role-select.tsx';
import { onSubmit, useForm } from '../../parts/forms/use-form.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useMay } from '../../screen.ts';
import { words } from './words.ts';

interface TypedGrant {
  readonly role: Role;
  /** Empty: the whole installation. */
  readonly domain: string;
}

interface PersonForm {
  readonly name: string;
  readonly mail: string;
  readonly grants: readonly TypedGrant[];
}

const formOf = (person: PersonView | undefined): PersonForm => ({
  name: person?.name ?? '',
  mail: person?.mail ?? '',
  grants: person?.grants.map(({ role, domain }) => ({ role, domain: domain ?? '' })) ?? [
    { role: 'operator', domain: '' },
  ],
});

const requestOf = ({ name, mail, grants }: PersonForm) => ({
  name: name.trim(),
  mail: mail.trim() === '' ? null : mail.trim(),
  grants: grants.map(({ role, domain }) => ({ role, ...(domain !== '' && { domain }) })),
});

interface EditPersonProps {
  /** Undefined: a new person is made. */
  readonly person?: PersonView;
  readonly onClose: () => void;
  readonly onInvited: (made: { readonly signInName: string; readonly invitation: string }) => void;
}

export const EditPerson = ({ person, onClose, onInvited }: EditPersonProps) => {
  const t = words();
  const form = useForm(() => formOf(person));
  const doing = useDoing(async () => {
    if (person === undefined) return onInvited(await createPerson(requestOf(form.values)));
    await changePerson(person.id, requestOf(form.values));
    onClose();
  });
  return (
    <Dialog title={person === undefined ? t.create : t.editTitle} onClose={onClose}>
      <form onSubmit={onSubmit(doing.run)}>
        <Field
          label={t.name}
          hint={t.nameHint}
          {...form.field('name')}
          input={{ required: true, maxLength: 64, autoComplete: 'off', spellcheck: false }}
        />
        <Field
          label={t.mail}
          {...form.field('mail')}
          input={{ type: 'email', maxLength: 254, autoComplete: 'off' }}
        />
        <Grants grants={form.values.grants} onGrants={(grants) => form.change({ grants })} />
        <ProblemNotice problem={doing.problem} />
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {person === undefined ? t.createNow : t.save}
        </button>
      </form>
    </Dialog>
  );
};

/** The domains that a role can be given in; none for somebody who may not see them. */
const useDomains = (): readonly string[] => {
  const may = useMay();
  const live = useLive(
    async (signal) =>
      may('domain.read') ? (await listDomains(signal)).resources.map(({ name }) => name) : [],
    [],
  );
  return live.value ?? [];
};

const Grants = ({
  grants,
  onGrants,
}: {
  grants: readonly TypedGrant[];
  onGrants: (grants: readonly TypedGrant[]) => void;
}) => {
  const t = words();
  const domains = useDomains();
  const change = (index: number, changed: Partial<TypedGrant>): void =>
    onGrants(grants.map((grant, place) => (place === index ? { ...grant, ...changed } : grant)));
  return (
    <>
      {grants.map(({ role, domain }, index) => (
        <div key={index} class="side-by-side">
          <RoleSelect label={t.role} value={role} onValue={(next) => change(index, { role: next })} />
          <Select
            label={t.where}
            value={domain}
            onValue={(next) => change(index, { domain: next })}
            options={[['', t.everywhere], ...domains.map((one) => [one, visible(one)] as const)]}
          />
          {grants.length > 1 && (
            <button
              type="button"
              class="quiet-button"
              onClick={() => onGrants(grants.filter((_, place) => place !== index))}
            >
              {t.removeRole}
            </button>
          )}
        </div>
      ))}
      <button
        type="button"
        class="quiet-button"
        onClick={() => onGrants([...grants, { role: 'auditor', domain: '' }])}
      >
        {t.addRole}
      </button>
    </>
  );
};
