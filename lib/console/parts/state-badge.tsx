import type { State } from '../../model/records/operation.ts';
import { stateWords } from '../words/shared.ts';
import { Icon } from './icons.tsx';

type Shown = State | 'PENDING' | 'SKIPPED';

const tones = {
  SUCCESS: 'good',
  PARTIAL: 'attention',
  FAILED: 'bad',
  REFUSED: 'bad',
  CANCELLED: 'plain',
  SKIPPED: 'plain',
  PENDING: 'plain',
  IN_PROGRESS: 'running',
} as const satisfies Record<Shown, string>;

/** A state as a word, an icon and a colour: the colour is never alone. */
export const StateBadge = ({ state }: { state: Shown }) => (
  <span class={`badge ${tones[state]}`}>
    <Icon name={tones[state]} turns={state === 'IN_PROGRESS'} />
    {stateWords()[state]}
  </span>
);
