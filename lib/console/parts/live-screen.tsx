/** A screen that shows one answer of the API: the answer, or that it is loading, or what went wrong. */
import type { ComponentChildren } from 'preact';
import type { Loaded } from '../api/live.ts';
import { Loading, ProblemNotice } from './notice.tsx';

export const LiveScreen = <T,>({
  live,
  head,
  title,
  narrow = false,
  children,
}: {
  readonly live: Loaded<T>;
  /** Shown at once, before the answer comes. */
  readonly head?: ComponentChildren;
  /** The title, for a screen whose own head comes with the answer: shown until then. */
  readonly title?: string;
  readonly narrow?: boolean;
  readonly children: (value: T) => ComponentChildren;
}) => (
  <section class={narrow ? 'screen narrow' : 'screen'}>
    {head}
    {title !== undefined && live.value === undefined && <h1>{title}</h1>}
    {/* If the server does not answer, the frame says so, once for all screens. */}
    {live.problem?.isPassing !== true && <ProblemNotice problem={live.problem} onRetry={live.reload} />}
    {live.value === undefined ? live.problem === undefined && <Loading /> : children(live.value)}
  </section>
);

/** The title of a screen, and a sentence that says what it is for. */
export const ScreenHead = ({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: string;
  readonly children?: ComponentChildren;
}) => (
  <header class="screen-head">
    <div>
      <h1>{title}</h1>
      {lead !== undefined && <p class="quiet lead">{lead}</p>}
    </div>
    {children}
  </header>
);
