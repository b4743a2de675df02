/**
 * Signing in: with a name and a password, with an API token, or at an issuer. Somebody with an invitation first chooses a
 * password.
 */
import { useEffect, useState } from 'preact/hooks';
import { acceptInvitation, type Session, signIn, signInByPassword } from '../api/calls.ts';
import { useDoing } from '../api/live.ts';
import { Field } from '../parts/forms/field.tsx';
import { NewSecret, useNewSecret } from '../parts/forms/new-secret.tsx';
import { onSubmit } from '../parts/forms/use-form.ts';
import { Notice, ProblemNotice } from '../parts/notice.tsx';
import type { Language } from '../words/language.ts';
import { words as shared } from '../words/shared.ts';
import { IssuerSignIn } from './issuers.tsx';
import { LanguageChoice } from './language-choice.tsx';
import { Logo } from './logo.tsx';
import { words } from './words.ts';

type Way = 'token' | 'password' | 'invitation';

const STORED = 'holdfast.sign-in';

/** The way of signing in that this browser used last. Only the name of the way is stored. */
const lastWay = (): Way => {
  try {
    return globalThis.localStorage?.getItem(STORED) === 'password' ? 'password' : 'token';
  } catch {
    // The browser may refuse to store anything.
    return 'token';
  }
};

const keepWay = (way: Way): void => {
  try {
    globalThis.localStorage?.setItem(STORED, way);
  } catch {
    // Without storage the choice holds for this visit only.
  }
};

export const SignIn = ({
  ended,
  onLanguage,
  onSignedIn,
}: {
  ended: boolean;
  onLanguage: (chosen: Language) => void;
  onSignedIn: (session: Session) => void;
}) => {
  const t = words();
  const [way, setWay] = useState<Way>(lastWay);
  const [isChosen, setIsChosen] = useState(false);
  useEffect(() => {
    document.title = `${t.title} · Holdfast`;
  }, [t]);
  const signedIn = (session: Session): void => {
    keepWay(way);
    onSignedIn(session);
  };
  const others = (['password', 'token', 'invitation'] as const).filter((one) => one !== way);
  const names = { password: t.byPassword, token: t.byToken, invitation: t.byInvitation };
  return (
    <main class="alone">
      <div class="sign-in">
        <Logo />
        <p class="quiet">{t.tagline}</p>
        <div role="status">
          {ended && <Notice tone="attention" title={t.signedOut} />}
          {isChosen && <Notice tone="good" title={t.passwordChosen} />}
        </div>
        <IssuerSignIn onSignedIn={onSignedIn} />
        {way === 'token' && <TokenForm onSignedIn={signedIn} />}
        {way === 'password' && <PasswordForm onSignedIn={signedIn} />}
        {way === 'invitation' && (
          <InvitationForm
            onChosen={() => {
              setIsChosen(true);
              setWay('password');
            }}
          />
        )}
        <div class="actions">
          {others.map((one) => (
            <button key={one} type="button" class="quiet-button" onClick={() => setWay(one)}>
              {names[one]}
            </button>
          ))}
        </div>
        <LanguageChoice onLanguage={onLanguage} />
      </div>
    </main>
  );
};

const TokenForm = ({ onSignedIn }: { onSignedIn: (session: Session) => void }) => {
  const t = words();
  const [token, setToken] = useState('');
  const [isEmpty, setIsEmpty] = useState(false);
  const doing = useDoing(async () => {
    const session = await signIn(token.trim());
    setToken('');
    onSignedIn(session);
  });
  const isUnknown = doing.problem?.isOfNobody === true;
  const wrong = isEmpty ? t.noToken : isUnknown ? t.wrongToken : undefined;
  return (
    <form
      class="card"
      aria-label={t.title}
      onSubmit={onSubmit(() => {
        setIsEmpty(token.trim() === '');
        if (token.trim() !== '') doing.run();
      })}
    >
      <h1>{t.title}</h1>
      <Field
        label={t.token}
        hint={t.tokenHint}
        value={token}
        onValue={setToken}
        wrong={wrong}
        input={{ type: 'password', autoComplete: 'current-password', spellcheck: false, required: false }}
      />
      <div role="alert">{wrong !== undefined && <span class="unseen">{wrong}</span>}</div>
      {!isUnknown && <ProblemNotice problem={doing.problem} />}
      <button type="submit" class="main-button" disabled={doing.isBusy}>
        {t.signIn}
      </button>
    </form>
  );
};

const PasswordForm = ({ onSignedIn }: { onSignedIn: (session: Session) => void }) => {
  const t = words();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const doing = useDoing(async () => {
    const session = await signInByPassword(name.trim(), password);
    setPassword('');
    onSignedIn(session);
  });
  return (
    <form class="card" aria-label={t.title} onSubmit={onSubmit(doing.run)}>
      <h1>{t.title}</h1>
      <Field
        label={t.name}
        hint={t.nameHint}
        value={name}
        onValue={setName}
        input={{ autoComplete: 'username', spellcheck: false, required: true, maxLength: 200 }}
      />
      <Field
        label={shared().password}
        value={password}
        onValue={setPassword}
        input={{ type: 'password', autoComplete: 'current-password', required: true }}
      />
      <ProblemNotice problem={doing.problem} />
      <button type="submit" class="main-button" disabled={doing.isBusy}>
        {t.signIn}
      </button>
    </form>
  );
};

const InvitationForm = ({ onChosen }: { onChosen: () => void }) => {
  const t = words();
  const [invitation, setInvitation] = useState('');
  const secret = useNewSecret();
  const doing = useDoing(async () => {
    await acceptInvitation(invitation.trim(), secret.value);
    onChosen();
  });
  return (
    <form
      class="card"
      aria-label={t.byInvitation}
      onSubmit={onSubmit(() => {
        if (secret.check()) doing.run();
      })}
    >
      <h1>{t.byInvitation}</h1>
      <Field
        label={t.invitation}
        hint={t.invitationHint}
        value={invitation}
        onValue={setInvitation}
        input={{ type: 'password', autoComplete: 'off', spellcheck: false, required: true }}
      />
      <NewSecret state={secret} label={shared().password} hint={t.passwordHint} />
      <ProblemNotice problem={doing.problem} />
      <button type="submit" class="main-button" disabled={doing.isBusy}>
        {t.choose}
      </button>
    </form>
  );
};
