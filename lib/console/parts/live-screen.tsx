/** A screen that shows one answer of the API: what went wrong, that it is awaited, or what came. */
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
  /** Shown at once, whatever the answer. */
  readonly head?: ComponentChildren;
  /** Of a screen whose head is part of the answer: what it is called where none comes. */
  readonly title?: string;
  readonly narrow?: boolean;
  readonly children: (value: T) => ComponentChildren;
}) => (
  <section class={narrow ? 'screen narrow' : 'screen'}>
    {head}
    {title !== undefined && live.value === undefined && <h1>{title}</h1>}
    {/* That the server does not answer is told by the frame, once for all. */}
    {live.problem?.isPassing !== true && <ProblemNotice problem={live.problem} onRetry={live.reload} />}
    {live.value === undefined ? live.problem === undefined && <Loading /> : children(live.value)}
  </section>
);

/** The title of a screen, and in a sentence what it is for. */
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
