/** Tells people of anything that they must know: by an event in the same transaction as the change that it tells of. */
import { newId } from '../../model/ids.ts';
import type { EventRecord, OtherEventType } from '../../model/records/event.ts';
import { visible } from '../../model/text/visible-text.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';

type About = Pick<EventRecord, 'operationId' | 'backupId' | 'scheduleId' | 'domain' | 'by' | 'alsoTo'>;

/** Something to tell that is not the end of an operation. */
export interface Told extends About {
  readonly type: OtherEventType;
  /** In one line, as the subject of a mail: "the backup key ops-... was exported". */
  readonly title: string;
  /** More of it, a line each. */
  readonly lines?: readonly string[];
  /** Why, where something failed. */
  readonly shortError?: string;
  /** What the reader can do next, a line each; a command is indented by two blanks. */
  readonly nextSteps?: readonly string[];
}

/**
 * The change that tells of something. Put it into the commit that makes it happen: then it is told if, and only if, it
 * has happened. The function that commits it on AWS needs the right to write `event` (lib/infra/functions/rows).
 */
export const tell = (host: Pick<Host, 'config' | 'clock'>, told: Told): Change =>
  eventChange(host, toldContent(host, told));

/** The same under an id of its own, which keeps it from being told twice. */
export const tellAs = (host: Pick<Host, 'config' | 'clock'>, id: string, told: Told): Change =>
  eventChange(host, toldContent(host, told), id);

const toldContent = (
  { clock }: Pick<Host, 'clock'>,
  { type, title, lines = [], shortError = '', nextSteps = [], ...about }: Told,
): EventContent => ({
  ...about,
  type,
  title: visible(title),
  shortError: visible(shortError),
  summary: lines.map(visible).join('\n'),
  nextSteps: [...nextSteps],
  at: timestamp(clock),
});

type EventContent = Omit<EventRecord, 'id' | 'installation' | 'delivered'>;

/** An outbox row that no channel has got yet. */
export const eventChange = (
  { config }: Pick<Host, 'config'>,
  content: EventContent,
  id = newId('event'),
): Change => put('event', { id, installation: config.installation, ...content }, 'absent');
