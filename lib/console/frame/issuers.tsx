/** Signing in at an issuer: the browser goes there, and comes back to this page with an answer in its address. */
import { useEffect } from 'preact/hooks';
import { visible } from '../../model/text/visible-text.ts';
import { beginSignIn, completeSignIn, listIssuers, type Session } from '../api/calls.ts';
import { useDoing, useLive } from '../api/live.ts';
import { Loading, ProblemNotice } from '../parts/notice.tsx';
import { hasIssuerAnswer, pageAddress, takeIssuerAnswer } from './issuer-answer.ts';
import { words } from './words.ts';

export const IssuerSignIn = ({ onSignedIn }: { onSignedIn: (session: Session) => void }) => {
  const issuers = useLive((signal) => listIssuers(signal), []);
  const completing = useDoing(async () => {
    const given = takeIssuerAnswer();
    if (given !== undefined) onSignedIn(await completeSignIn(pageAddress(), given));
  });
  useEffect(() => {
    if (hasIssuerAnswer()) completing.run();
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
    const { url } = await beginSignIn(id, pageAddress());
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
