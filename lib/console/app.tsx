/** Shows the page to somebody who is signed in, and the sign-in to everybody else. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Problem } from '../client/problem.ts';
import { currentSession, renewSession, type Session } from './api/calls.ts';
import { whenSignedOut } from './api/client.ts';
import { hasIssuerAnswer } from './frame/issuer-answer.ts';
import { ProofReturn } from './frame/prove-at-issuer.tsx';
import { Shell } from './frame/shell.tsx';
import { SignIn } from './frame/sign-in.tsx';
import { Loading, ProblemNotice } from './parts/notice.tsx';
import { language, speak } from './words/language.ts';

/** Tells the other tabs of this page when somebody signs in or out. */
const tabs = new BroadcastChannel('holdfast');

/** The page tells the server at most so often that somebody is active. */
const RENEW_MILLISECONDS = 60_000;

type State =
  | { readonly is: 'unknown'; readonly problem?: Problem }
  | { readonly is: 'out'; readonly ended: boolean }
  | { readonly is: 'in'; readonly session: Session };

/** The session of this browser: looked up at the start, and the same in all tabs. */
const useSession = () => {
  const [state, setState] = useState<State>({ is: 'unknown' });
  const look = useCallback(async (): Promise<void> => {
    try {
      setState({ is: 'in', session: await currentSession() });
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.isOfNobody)
        setState((before) => (before.is === 'out' ? before : { is: 'out', ended: before.is === 'in' }));
      else setState({ is: 'unknown', problem: thrown as Problem });
    }
  }, []);
  useEffect(() => {
    whenSignedOut(() => setState((before) => (before.is === 'in' ? { is: 'out', ended: true } : before)));
    tabs.onmessage = () => void look();
    void look();
  }, [look]);
  useRenewal(state.is === 'in');
  const change = (next: State): void => {
    setState(next);
    tabs.postMessage('changed');
  };
  return {
    state,
    look: () => void look(),
    signedIn: (session: Session) => change({ is: 'in', session }),
    signedOut: () => change({ is: 'out', ended: false }),
  };
};

export const App = () => {
  const { state, look, signedIn, signedOut } = useSession();
  const [spoken, setSpoken] = useState(language());
  // Somebody who is signed in and comes back from an issuer has proved there again who they are.
  const [hasReturned, setHasReturned] = useState(hasIssuerAnswer);
  document.documentElement.lang = spoken;
  const chooseLanguage = (chosen: typeof spoken): void => {
    speak(chosen);
    setSpoken(chosen);
  };
  if (state.is === 'unknown')
    return (
      <main class="alone">
        {state.problem === undefined ? <Loading /> : <ProblemNotice problem={state.problem} onRetry={look} />}
      </main>
    );
  if (state.is === 'out')
    return (
      <SignIn
        ended={state.ended}
        onLanguage={chooseLanguage}
        onSignedIn={(session) => {
          setHasReturned(false);
          signedIn(session);
        }}
      />
    );
  if (hasReturned) return <ProofReturn onDone={() => setHasReturned(false)} />;
  return <Shell session={state.session} onLanguage={chooseLanguage} onSignedOut={signedOut} />;
};

/** Keeps the session from expiring while somebody types or clicks. */
const useRenewal = (isIn: boolean): void =>
  useEffect(() => {
    if (!isIn) return;
    let last = Date.now();
    const active = (): void => {
      if (Date.now() - last < RENEW_MILLISECONDS) return;
      last = Date.now();
      void renewSession().catch(() => undefined);
    };
    const events = ['pointerdown', 'keydown'] as const;
    for (const event of events) document.addEventListener(event, active, { passive: true });
    return () => {
      for (const event of events) document.removeEventListener(event, active);
    };
  }, [isIn]);
