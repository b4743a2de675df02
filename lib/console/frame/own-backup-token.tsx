/**
 * The backup token of the person who is signed in: whether they have one, when it becomes valid, and the form that makes
 * or replaces it.
 */
import { useState } from 'preact/hooks';
import type { Session } from '../api/calls.ts';
import { useDoing, useLive } from '../api/live.ts';
import { getBackupToken, makeBackupToken } from '../api/people.ts';
import { Field } from '../parts/forms/field.tsx';
import { ShownOnce } from '../parts/forms/shown-once.tsx';
import { onSubmit } from '../parts/forms/use-form.ts';
import { Notice, ProblemNotice } from '../parts/notice.tsx';
import { Time } from '../parts/time.tsx';
import { translated } from '../words/language.ts';
import { words as shared } from '../words/shared.ts';
import { OwnDialog } from './own-dialog.tsx';
import { proofOf } from './own-proof.ts';

const words = translated('own backup token', {
  en: {
    title: 'My backup token',
    what: 'A second secret, besides the one that you sign in with. It is for making, downloading and restoring backups.',
    required: 'This installation requires one.',
    notRequired: 'This installation does not require one at present.',
    none: 'You have none.',
    usable: 'You have one.',
    usableFrom: 'You have one. It is valid from:',
    type: (word: string) => `Type ${word}`,
    typeHint: 'A new token replaces the old one. All administrators are notified.',
    password: 'Your password',
    token: 'API token',
    tokenHint: 'The one that you signed in with.',
    byIssuer: 'If you signed in at your issuer more than ten minutes ago, you sign in there again first.',
    make: 'Make it',
    made: 'This is your backup token. It is shown only once:',
  },
  de: {
    title: 'Mein Sicherungs-Token',
    what: 'Ein zweites Geheimnis neben Ihrer Anmeldung, um Sicherungen zu machen, herunterzuladen und wiederherzustellen.',
    required: 'Diese Installation verlangt eines.',
    notRequired: 'Diese Installation verlangt zur Zeit keines.',
    none: 'Sie haben keines.',
    usable: 'Sie haben eines.',
    usableFrom: 'Sie haben eines. Es gilt ab:',
    type: (word: string) => `Tippen Sie ${word}`,
    typeHint: 'Ein neues Token ersetzt das bisherige. Alle Verwalter erfahren davon.',
    password: 'Ihr Passwort',
    token: 'API-Token',
    tokenHint: 'Das, mit dem Sie sich angemeldet haben.',
    byIssuer:
      'Liegt Ihre Anmeldung bei Ihrem Aussteller mehr als zehn Minuten zurück, melden Sie sich dort neu an.',
    make: 'Machen',
    made: 'Das ist Ihr Sicherungs-Token. Es wird nur dieses eine Mal gezeigt:',
  },
});

/** Only for people who may do something that the token is needed for. */
export const OwnBackupToken = ({ session }: { session: Session }) => {
  const isOfUse = (['backup.create', 'backup.download', 'restore.run'] as const).some((permission) =>
    session.permissions.includes(permission),
  );
  if (!isOfUse) return null;
  return (
    <OwnDialog title={words().title}>
      {(close) => <BackupToken session={session} onClose={close} />}
    </OwnDialog>
  );
};

const BackupToken = ({ session, onClose }: { session: Session; onClose: () => void }) => {
  const t = words();
  const live = useLive(getBackupToken, []);
  const [made, setMade] = useState<string | undefined>();
  return (
    <>
      {made === undefined ? (
        <>
          <p>
            {t.what} {live.value?.required === true ? t.required : t.notRequired}
          </p>
          <ProblemNotice problem={live.problem} />
          {live.value !== undefined && (
            <>
              <p>
                {!live.value.exists ? t.none : live.value.usable ? t.usable : t.usableFrom}{' '}
                {live.value.exists && !live.value.usable && live.value.usableFrom !== null && (
                  <Time at={live.value.usableFrom} />
                )}
              </p>
              <MakeToken session={session} word={live.value.exists ? 'reset' : 'create'} onMade={setMade} />
            </>
          )}
        </>
      ) : (
        <>
          <ShownOnce title={t.made} secret={made} />
          <button type="button" class="main-button" onClick={onClose}>
            {shared().close}
          </button>
        </>
      )}
    </>
  );
};

const MakeToken = ({
  session,
  word,
  onMade,
}: {
  session: Session;
  word: 'create' | 'reset';
  onMade: (secret: string) => void;
}) => {
  const t = words();
  const [typed, setTyped] = useState('');
  const [proof, setProof] = useState('');
  const kind = proofOf(session);
  const doing = useDoing(async () => {
    const { backupToken } = await makeBackupToken({
      confirm: word,
      ...(kind !== 'issuer' && { [kind]: proof }),
    });
    onMade(backupToken);
  });
  return (
    <form
      onSubmit={onSubmit(() => {
        if (typed.trim() === word) doing.run();
      })}
    >
      <Field
        label={t.type(word)}
        hint={t.typeHint}
        value={typed}
        onValue={setTyped}
        input={{ autoComplete: 'off', spellcheck: false, required: true, pattern: word }}
      />
      {kind === 'issuer' ? (
        <Notice tone="attention" title={t.byIssuer} />
      ) : (
        <Field
          label={kind === 'password' ? t.password : t.token}
          {...(kind === 'token' && { hint: t.tokenHint })}
          value={proof}
          onValue={setProof}
          input={{
            type: 'password',
            autoComplete: kind === 'password' ? 'current-password' : 'off',
            required: true,
          }}
        />
      )}
      <ProblemNotice problem={doing.problem} />
      <button type="submit" class="main-button" disabled={doing.isBusy || typed.trim() !== word}>
        {t.make}
      </button>
    </form>
  );
};
