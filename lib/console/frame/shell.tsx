/** The frame around every screen: the menu, what runs now, and who is signed in. */
import { useEffect, useRef } from 'preact/hooks';
import { visible } from '../../model/text/visible-text.ts';
import { type Session, type Status, signOut } from '../api/calls.ts';
import { type Loaded, useDoing } from '../api/live.ts';
import { Icon } from '../parts/icons.tsx';
import { MENU_ABOVE, useNarrow } from '../parts/narrow.ts';
import { Notice } from '../parts/notice.tsx';
import { matched, to, usePlace } from '../routing.ts';
import { FrameContext, type Screen } from '../screen.ts';
import { screens } from '../screens.ts';
import type { Language } from '../words/language.ts';
import { operationWords, words as shared } from '../words/shared.ts';
import { Interruptions } from './interruption.tsx';
import { LanguageChoice } from './language-choice.tsx';
import { Logo } from './logo.tsx';
import { OwnBackupToken } from './own-backup-token.tsx';
import { OwnPassword } from './own-password.tsx';
import { proofOf } from './own-proof.ts';
import { useStatus } from './own-status.ts';
import { words } from './words.ts';

interface ShellProps {
  readonly session: Session;
  readonly onLanguage: (chosen: Language) => void;
  readonly onSignedOut: () => void;
}

export const Shell = ({ session, onLanguage, onSignedOut }: ShellProps) => {
  const place = usePlace();
  const live = useStatus(session);
  const allowed = screens.filter(({ needs, alsoNeeds = needs }) =>
    [needs, alsoNeeds].every((permission) => session.permissions.includes(permission)),
  );
  const [found] = screens.flatMap((screen) => {
    const params = matched(screen.path, place.path);
    return params === undefined ? [] : [{ screen, params }];
  });
  const isAllowed = found !== undefined && allowed.includes(found.screen);
  const content = useRef<HTMLElement>(null);
  const title = found === undefined ? shared().notFound : found.screen.title();
  const last = useRef(place.path);
  useEffect(() => {
    document.title = `${title} · ${visible(session.installation)} · Holdfast`;
    if (last.current === place.path) return;
    last.current = place.path;
    // This acts like a page load: a screen reader says where it is, and the keyboard continues from there.
    content.current?.focus();
    window.scrollTo(0, 0);
  }, [title, place.path, session.installation]);
  return (
    <FrameContext.Provider value={{ session, status: live.value, refreshStatus: live.reload }}>
      <button type="button" class="main-button skip" onClick={() => content.current?.focus()}>
        {shared().skipToContent}
      </button>
      <div class="shell">
        <Menu allowed={allowed} current={found?.screen} session={session} live={live} />
        <main id="content" ref={content} tabIndex={-1}>
          <div role="status" class="reach">
            {live.problem?.isPassing === true && <Notice tone="attention" title={words().unreachable} />}
          </div>
          {found === undefined || !isAllowed ? (
            <section class="screen">
              <h1>{found === undefined ? shared().notFound : shared().notAllowed}</h1>
              <a href={to('/')}>{shared().toOverview}</a>
            </section>
          ) : (
            <found.screen.view key={place.path} params={found.params} query={place.query} />
          )}
        </main>
        <Account session={session} onLanguage={onLanguage} onSignedOut={onSignedOut} />
      </div>
      <Interruptions session={session} onSignedOut={onSignedOut} />
    </FrameContext.Provider>
  );
};

const Menu = ({
  allowed,
  current,
  session,
  live,
}: {
  allowed: readonly Screen[];
  current: Screen | undefined;
  session: Session;
  live: Loaded<Status>;
}) => {
  const t = words();
  const marked = current?.below ?? current?.path;
  const isAbove = useNarrow(MENU_ABOVE);
  const shown = allowed.filter(({ menu }) => menu !== undefined);
  const daily = shown.filter(({ menu }) => menu?.isAdministration !== true);
  const administration = shown.filter(({ menu }) => menu?.isAdministration === true);
  const name = shown.find(({ path }) => path === marked)?.menu?.name;
  const lists = (
    <>
      <MenuList screens={daily} marked={marked} />
      {administration.length > 0 && (
        <>
          <p class="menu-part">{t.administration}</p>
          <MenuList screens={administration} marked={marked} />
        </>
      )}
    </>
  );
  return (
    <header class="side">
      <div class="side-top">
        <a href={to('/')} class="home">
          <Logo />
        </a>
        <span class="installation">{visible(session.installation)}</span>
      </div>
      {session.permissions.includes('backup.create') && (
        <a class="main-button side-action" href={to('/new')}>
          {t.newBackup}
        </a>
      )}
      <RunsNow status={live.value} />
      <nav aria-label={t.navigation}>
        {isAbove ? (
          // In a narrow window the menu is above the page, folded. It folds again when another screen opens.
          <details key={current?.path ?? ''} class="menu-folded">
            <summary>
              {shared().menu}
              {name !== undefined && <span class="quiet"> · {name()}</span>}
            </summary>
            {lists}
          </details>
        ) : (
          lists
        )}
      </nav>
    </header>
  );
};

const MenuList = ({ screens, marked }: { screens: readonly Screen[]; marked: string | undefined }) => (
  <ul>
    {screens.map(({ path, menu }) =>
      menu === undefined ? null : (
        <li key={path}>
          <a href={to(path)} {...(path === marked && { 'aria-current': 'page' as const })}>
            <Icon name={menu.icon} />
            {menu.name()}
          </a>
        </li>
      ),
    )}
  </ul>
);

const RunsNow = ({ status }: { status: Status | undefined }) => {
  const operation = status?.operation;
  return (
    <p class="runs-now" role="status">
      {operation === null || operation === undefined ? (
        <>
          <Icon name="plain" />
          {words().idle}
        </>
      ) : (
        <a href={to('/')}>
          <Icon name="running" turns />
          {words().runs(operationWords()[operation.kind])}
        </a>
      )}
    </p>
  );
};

const Account = ({ session, onLanguage, onSignedOut }: ShellProps) => {
  const doing = useDoing(async () => {
    await signOut();
    onSignedOut();
  });
  return (
    <footer class="account">
      <span>{words().signedInAs(visible(session.principal.name))}</span>
      {proofOf(session) === 'password' && <OwnPassword personId={session.principal.id} />}
      <OwnBackupToken session={session} />
      <button type="button" class="quiet-button" onClick={doing.run} disabled={doing.isBusy}>
        {shared().signOut}
      </button>
      <LanguageChoice onLanguage={onLanguage} />
      <span class="quiet">{words().version(session.version)}</span>
    </footer>
  );
};
