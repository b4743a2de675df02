/**
 * Whoever signs in at an issuer proves there once more who they are: in a window of its own, so that what they were about to
 * do here waits for them. The window comes back to this page, sends the answer, and tells the page that it is proved.
 */
import { useEffect, useState } from 'preact/hooks';
import { visible } from '../../model/text/visible-text.ts';
import { beginSignIn, listIssuers, proveSession } from '../api/calls.ts';
import { useDoing, useLive } from '../api/live.ts';
import { Loading, Notice, ProblemNotice } from '../parts/notice.tsx';
import { translated } from '../words/language.ts';
import { pageAddress, takeIssuerAnswer } from './issuer-answer.ts';

const words = translated('proof at an issuer', {
  en: {
    title: 'Proof that it is you',
    by: (issuer: string) => `Sign in anew at ${issuer}`,
    proved: 'It is proved. You can close this window.',
    goOn: 'Go on here',
  },
  de: {
    title: 'Nachweis, dass Sie es sind',
    by: (issuer: string) => `Bei ${issuer} neu anmelden`,
    proved: 'Sie haben sich ausgewiesen. Dieses Fenster können Sie schließen.',
    goOn: 'Hier weiter',
  },
});

/** Between the window and the page that waits for it: the issuer's own page cuts every other tie between them. */
const openChannel = () => new BroadcastChannel(`holdfast proof ${new URL('../', document.baseURI).pathname}`);
const PROVED = 'proved';
const HEARD = 'heard';

/** The buttons, one for each issuer. */
export const ProveAtIssuer = ({ onProved }: { onProved: () => void }) => {
  const issuers = useLive((signal) => listIssuers(signal), []);
  useEffect(() => {
    const channel = openChannel();
    channel.onmessage = ({ data }) => {
      if (data !== PROVED) return;
      channel.postMessage(HEARD);
      onProved();
    };
    return () => channel.close();
  });
  return (
    <>
      <ProblemNotice problem={issuers.problem} onRetry={issuers.reload} />
      {issuers.value?.resources.map((issuer) => (
        <IssuerButton key={issuer.id} {...issuer} />
      ))}
    </>
  );
};

const IssuerButton = ({ id, name }: { readonly id: string; readonly name: string }) => {
  const [opened, setOpened] = useState<Window | null>(null);
  const beginning = useDoing(async () => {
    const { url } = await beginSignIn(id, pageAddress(), true);
    // Where the browser opens no window it happens in this one, and what was about to be done is begun anew.
    (opened ?? window).location.assign(url);
  });
  useEffect(() => {
    if (opened !== null) beginning.run();
  }, [opened]);
  return (
    <div class="actions">
      <button
        type="button"
        class="main-button"
        disabled={beginning.isBusy}
        onClick={() => {
          const popup = window.open('about:blank', '_blank', 'popup,width=600,height=720');
          if (popup === null) beginning.run();
          else setOpened(popup);
        }}
      >
        {words().by(visible(name))}
      </button>
      <ProblemNotice problem={beginning.problem} />
    </div>
  );
};

/** What the window shows when the issuer has sent it back. */
export const ProofReturn = ({ onDone }: { onDone: () => void }) => {
  const [isProved, setIsProved] = useState(false);
  const proving = useDoing(async () => {
    const answer = takeIssuerAnswer();
    if (answer === undefined) return;
    await proveSession({ signIn: { page: pageAddress(), answer } });
    setIsProved(true);
  });
  useEffect(() => proving.run(), []);
  useEffect(() => {
    if (!isProved) return;
    const channel = openChannel();
    // A window that was opened for this alone; a browser closes no other.
    channel.onmessage = ({ data }) => data === HEARD && window.close();
    channel.postMessage(PROVED);
    return () => channel.close();
  }, [isProved]);
  return (
    <main class="alone">
      <section class="card stack">
        <h1>{words().title}</h1>
        {proving.isBusy && <Loading />}
        <ProblemNotice problem={proving.problem} />
        <div role="status">{isProved && <Notice tone="good" title={words().proved} />}</div>
        <div class="actions">
          <button type="button" onClick={onDone}>
            {words().goOn}
          </button>
        </div>
      </section>
    </main>
  );
};
