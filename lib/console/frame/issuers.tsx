/** Signing in at an issuer: the browser goes there, and comes back to this page with an answer behind its address. */
import { useEffect } from 'preact/hooks';
import { visible } from '../../model/text/visible-text.ts';
import { beginSignIn, completeSignIn, listIssuers, type Session } from '../api/calls.ts';
import { useDoing, useLive } from '../api/live.ts';
import { Loading, ProblemNotice } from '../parts/notice.tsx';
import { words } from './words.ts';

const page = (): string => new URL('./', document.baseURI).href;

/** Takes the answer out of the address, so that neither a reload nor a bookmark sends it again. */
const takeAnswer = (): string | undefined => {
  const { search, hash, pathname } = window.location;
  if (!new URLSearchParams(search).has('state')) return undefined;
  window.history.replaceState(null, '', pathname + hash);
  return search;
};

/** Looked at once, before anything is shown. */
let answer = takeAnswer();

export const IssuerSignIn = ({ onSignedIn }: { onSignedIn: (session: Session) => void }) => {
  const issuers = useLive((signal) => listIssuers(signal), []);
  const completing = useDoing(async () => {
    const given = answer;
    answer = undefined;
    if (given !== undefined) onSignedIn(await completeSignIn(page(), given));
  });
  useEffect(() => {
    if (answer !== undefined) completing.run();
  });
  return (
    <>
      {completing.isBusy && <Loading />}
      <ProblemNotice problem={completing.problem} />
      {issuers.value?.resources.map((issuer) => (
        <IssuerButton key={issuer.id} {...issuer} />
      ))}
    </>
  );
};

const IssuerButton = ({ id, name }: { readonly id: string; readonly name: string }) => {
  const t = words();
  const beginning = useDoing(async () => {
    const { url } = await beginSignIn(id, page());
    window.location.assign(url);
  });
  return (
    <div class="actions">
      <button type="button" disabled={beginning.isBusy} onClick={beginning.run}>
        {t.byIssuer(visible(name))}
      </button>
      <ProblemNotice problem={beginning.problem} />
    </div>
  );
};
