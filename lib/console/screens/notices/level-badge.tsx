import { type EventType, eventTable } from '../../../model/records/event-types.ts';
import { Icon } from '../../parts/icons.tsx';

const tones = { info: 'plain', warning: 'attention', error: 'bad' } as const;

/** The type of an event, in the colour of its level. */
export const LevelBadge = ({ type }: { type: EventType }) => {
  // An event type that only a later version knows is shown, too.
  const tone = tones[eventTable[type]?.level ?? 'info'];
  return (
    <span class={`badge ${tone}`}>
      <Icon name={tone} />
      {type}
    </span>
  );
};
