import { style } from './output.ts';
import { visible } from './visible-text.ts';

/** A state in its colour: green is good, yellow needs attention, red is bad. */
export const colouredState = (state: string): string => {
  const text = visible(state);
  if (state === 'SUCCESS') return style('green', text);
  if (state === 'PARTIAL' || state === 'CANCELLED') return style('yellow', text);
  if (state === 'FAILED' || state === 'REFUSED') return style('red', text);
  return state === 'IN_PROGRESS' ? style('cyan', text) : text;
};
