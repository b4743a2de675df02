/**
 * Somebody who signs in at an issuer proves there again who they are. That happens in a second window, so that their work
 * on this page waits for them. The window comes back to this page, sends the answer to the API, and tells the first
 * window.
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
    by: (issuer: string) => `Sign in again at ${issuer}`,
    proved: 'You have proved who you are. You can close this window.',
    goOn: 'Continue here',
  },
  de: {
    title: 'Nachweis, dass Sie es sind',
    by: (issuer: string) => `Bei ${issuer} neu anmelden`,
    proved: 'Sie haben sich ausgewiesen. Dieses Fenster können Sie schließen.',
    goOn: 'Hier weiter',
  },
});

/**
 * Connects the second window with the page that waits for it. The issuer's page cuts every other connection between the
 * two.
 */
const openChannel = () => new BroadcastChannel(`holdfast proof ${new URL('../', document.baseURI).pathname}`);
const PROVED = 'proved';
const HEARD = 'heard';

/** One button for each issuer. */
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
    // If the browser opens no second window, the proof happens in this one, and the person begins their work again.
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

/** What the second window shows when the issuer has sent it back. */
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
    // This closes a window that was opened only for the proof. A browser closes no other window.
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
