/**
 * The faults of a configuration, in sentences that name the component, the setting, and the values that it may have.
 */
import * as z from 'zod';
import { type Fault, wording } from '../text/fault-wording.ts';
import { type Config, configSchema } from './config.ts';

/** The configuration, or its faults: `message` omits only the path; `sentence` names the place, too. */
export const checkConfig = (
  value: unknown,
): { config: Config } | { faults: readonly Fault[]; sentences: readonly string[] } => {
  const parsed = configSchema.safeParse(value, { error: wording });
  if (parsed.success) return { config: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const sentences = parsed.error.issues.map(({ path, message }) => {
    const place = [...ownerOf(value, path), ...(path.length === 0 ? [] : [path.join('.')])];
    return [...(place.length === 0 ? [] : [place.join(', ')]), message].join(': ');
  });
  return { faults, sentences };
};

/** The owner of a setting, as people name it: `component "notes"`. */
const ownerOf = (value: unknown, [list, index]: readonly PropertyKey[]): string[] => {
  if ((list !== 'components' && list !== 'schedules' && list !== 'triggers') || typeof index !== 'number')
    return [];
  const owners = z.object({ [list]: z.array(z.unknown()) }).safeParse(value);
  const named = z.object({ id: z.string() }).safeParse(owners.data?.[list]?.[index]);
  const what = list.slice(0, -1);
  return [named.success ? `${what} ${JSON.stringify(named.data.id.slice(0, 80))}` : `${what} ${index + 1}`];
};
