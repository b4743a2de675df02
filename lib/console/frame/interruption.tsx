/**
 * The dialogs in the middle of a request: they ask for a proof of who somebody is, or for the backup token. Then the
 * request continues.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../../client/problem.ts';
import { proveSession, type Session, signOut } from '../api/calls.ts';
import { whenInterrupted } from '../api/interruptions.ts';
import { useDoing } from '../api/live.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/forms/field.tsx';
import { onSubmit } from '../parts/forms/use-form.ts';
import { Notice, ProblemNotice, ProblemText } from '../parts/notice.tsx';
import { translated } from '../words/language.ts';
import { words as shared } from '../words/shared.ts';
import { proofOf } from './own-proof.ts';
import { ProveAtIssuer } from './prove-at-issuer.tsx';

const words = translated('interruption', {
  en: {
    prove: 'Is it you?',
    whyProve:
      'This cannot be undone, and you signed in some time ago. Prove that it is you, and the page continues.',
    token: 'API token',
    tokenHint: 'The one that you signed in with.',
    passwordHint: 'The one that you sign in with here.',
    goOn: 'Continue',
    backupToken: 'Backup token',
    backupTokenHint: 'It begins with hfb_. The page does not keep it.',
    whyBackupToken:
      'This installation asks for a backup token before it makes, downloads or restores backups.',
  },
  de: {
    prove: 'Sind Sie es?',
    whyProve:
      'Das lässt sich nicht zurücknehmen, und Ihre Anmeldung ist eine Weile her. Weisen Sie sich noch einmal aus, dann geht es weiter.',
    token: 'API-Token',
    tokenHint: 'Das, mit dem Sie sich angemeldet haben.',
    passwordHint: 'Das, mit dem Sie sich hier anmelden.',
    goOn: 'Weiter',
    backupToken: 'Sicherungs-Token',
    backupTokenHint: 'Es beginnt mit hfb_. Die Seite behält es nicht.',
    whyBackupToken:
      'Diese Installation verlangt ein Sicherungs-Token, um Sicherungen zu machen, herunterzuladen und wiederherzustellen.',
  },
});

interface Asked {
  readonly problem: Problem;
  readonly answer: (headers: Readonly<Record<string, string>> | undefined) => void;
}

/** Shows the dialog when a request is interrupted. */
export const Interruptions = ({ session, onSignedOut }: { session: Session; onSignedOut: () => void }) => {
  const [asked, setAsked] = useState<Asked | undefined>();
  useEffect(() => {
    whenInterrupted(
      (problem) =>
        new Promise((resolve) => {
          setAsked({
            problem,
            answer: (headers) => {
              setAsked(undefined);
              resolve(headers);
            },
          });
        }),
    );
    return () => whenInterrupted(undefined);
  }, []);
  if (asked === undefined) return null;
  return asked.problem.code === 'backup_token_refused' ? (
    <AskBackupToken key={asked.problem.message} {...asked} />
  ) : (
    <AskProof session={session} onSignedOut={onSignedOut} {...asked} />
  );
};

const AskProof = ({ session, answer, ...asked }: Asked & { session: Session; onSignedOut: () => void }) => {
  const t = words();
  return (
    <Dialog title={t.prove} onClose={() => answer(undefined)}>
      <p>{t.whyProve}</p>
      {proofOf(session) === 'issuer' ? (
        <>
          <ProveAtIssuer onProved={() => answer({})} />
          <div class="actions">
            <button type="button" onClick={() => answer(undefined)}>
              {shared().cancel}
            </button>
          </div>
        </>
      ) : (
        <AskSecret session={session} answer={answer} {...asked} />
      )}
    </Dialog>
  );
};

const AskSecret = ({
  session,
  onSignedOut,
  answer,
}: Asked & { session: Session; onSignedOut: () => void }) => {
  const t = words();
  const [secret, setSecret] = useState('');
  const isPerson = proofOf(session) === 'password';
  const doing = useDoing(async () => {
    await proveSession(isPerson ? { password: secret } : { token: secret.trim() });
    answer({});
  });
  const leaving = useDoing(async () => {
    await signOut();
    answer(undefined);
    onSignedOut();
  });
  return (
    <form onSubmit={onSubmit(doing.run)}>
      <Field
        label={isPerson ? shared().password : t.token}
        hint={isPerson ? t.passwordHint : t.tokenHint}
        value={secret}
        onValue={setSecret}
        input={{ type: 'password', autoComplete: 'current-password', required: true, spellcheck: false }}
      />
      <ProblemNotice problem={doing.problem ?? leaving.problem} />
      <div class="actions">
        <button type="submit" class="main-button" disabled={doing.isBusy}>
          {t.goOn}
        </button>
        <button type="button" onClick={() => answer(undefined)}>
          {shared().cancel}
        </button>
        {isPerson && (
          <button type="button" class="quiet-button" onClick={leaving.run} disabled={leaving.isBusy}>
            {shared().signOut}
          </button>
        )}
      </div>
    </form>
  );
};

const AskBackupToken = ({ problem, answer }: Asked) => {
  const t = words();
  const [token, setToken] = useState('');
  return (
    <Dialog title={t.backupToken} onClose={() => answer(undefined)}>
      <form
        onSubmit={onSubmit(() => {
          answer({ 'holdfast-backup-token': token.trim() });
        })}
      >
        <p>{t.whyBackupToken}</p>
        <div role="alert">
          <Notice tone="attention" title={t.backupToken}>
            <ProblemText problem={problem} />
          </Notice>
        </div>
        <Field
          label={t.backupToken}
          hint={t.backupTokenHint}
          value={token}
          onValue={setToken}
          input={{
            type: 'password',
            autoComplete: 'off',
            required: true,
            spellcheck: false,
            pattern: '[!-~]{1,200}',
          }}
        />
        <div class="actions">
          <button type="submit" class="main-button">
            {t.goOn}
          </button>
          <button type="button" onClick={() => answer(undefined)}>
            {shared().cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
};
