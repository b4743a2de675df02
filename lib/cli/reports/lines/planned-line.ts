import { visible } from '../../terminal/visible-text.ts';

/** An entry of a plan, as the API answers it. */
interface Planned {
  text(name: 'action' | 'path' | 'reason'): string;
}

/** The line of an entry: its action, path and reason. */
export const plannedLine = (entry: Planned): string => {
  const reason = entry.text('reason');
  return `${visible(entry.text('action')).padEnd(9)}  ${visible(entry.text('path'))}${reason === '' ? '' : `: ${visible(reason)}`}`;
};
