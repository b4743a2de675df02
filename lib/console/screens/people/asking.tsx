/** The dialogs of this screen, of which one at most is open. */
import { useState } from 'preact/hooks';
import type { PersonView } from '../../../model/records/person.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { deletePerson, disablePerson, invitePerson } from '../../api/people.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Check } from '../../parts/forms/field.tsx';
import { ShownOnce } from '../../parts/forms/shown-once.tsx';
import { EditPerson } from './edit.tsx';
import { words } from './words.ts';

export type Asked =
  | { readonly what: 'edit' | 'invite' | 'disable' | 'remove'; readonly person: PersonView }
  | { readonly what: 'create' }
  | { readonly what: 'invited'; readonly name: string; readonly invitation: string };

interface Invited {
  readonly signInName: string;
  readonly invitation: string;
}

interface AskingProps {
  readonly asked: Asked;
  readonly onAsked: (asked: Asked) => void;
  readonly onClose: () => void;
}

export const Asking = ({ asked, onAsked, onClose }: AskingProps) => {
  const t = words();
  const onInvited = ({ signInName, invitation }: Invited): void =>
    onAsked({ what: 'invited', name: signInName, invitation });
  switch (asked.what) {
    case 'invited':
      return (
        <Dialog title={t.invite} onClose={onClose}>
          <ShownOnce title={t.invitation(visible(asked.name))} secret={asked.invitation} />
        </Dialog>
      );
    case 'create':
      return <EditPerson onClose={onClose} onInvited={onInvited} />;
    case 'edit':
      return <EditPerson person={asked.person} onClose={onClose} onInvited={onInvited} />;
    case 'invite':
      return <Invite person={asked.person} onClose={onClose} onInvited={onInvited} />;
    case 'disable':
      return <Disable person={asked.person} onClose={onClose} />;
    case 'remove':
      return <Remove person={asked.person} onClose={onClose} />;
  }
};

interface OfPerson {
  readonly person: PersonView;
  readonly onClose: () => void;
}

const Invite = ({
  person: { id, signInName, hasPassword },
  onClose,
  onInvited,
}: OfPerson & { readonly onInvited: (invited: Invited) => void }) => {
  const t = words();
  return (
    <Confirm
      title={t.inviteTitle}
      name={t.invite}
      isDanger={hasPassword}
      onClose={onClose}
      act={async () => onInvited(await invitePerson(id))}
    >
      <p>{t.inviteText(visible(signInName))}</p>
    </Confirm>
  );
};

const Disable = ({ person: { id, signInName }, onClose }: OfPerson) => {
  const t = words();
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
      <p>{t.disableText(visible(signInName))}</p>
    </Confirm>
  );
};

const Remove = ({ person: { id, signInName }, onClose }: OfPerson) => {
  const t = words();
  const [withTokens, setWithTokens] = useState(false);
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
      <p>{t.removeText(visible(signInName))}</p>
      <Check label={t.withTokens} checked={withTokens} onChecked={setWithTokens} />
    </Confirm>
  );
};
