/** The schedules of the configuration, followed by those of the API. */

import type { Home } from '../../model/access/permissions.ts';
import { HoldfastError } from '../../model/errors.ts';
import { homeOf, ROOT_DOMAIN } from '../../model/records/scope.ts';
import { ofConfiguration, ofRecord, type Schedule } from '../../model/schedules/schedule.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';

/**
 * All schedules. Those that are due in the same minute begin in this order. When the configuration later gets the id of
 * a schedule of the API, the configuration's schedule counts.
 */
export const everySchedule = async (host: Host): Promise<Schedule[]> => {
  const configured = host.config.schedules.map(ofConfiguration);
  const ids = new Set(configured.map(({ id }) => id));
  const made = (await Array.fromAsync(everyRecord(host, 'storedSchedule'))).map((one) => ofRecord(one));
  return [...configured, ...made.filter(({ id }) => !ids.has(id))];
};

export const findSchedule = async (host: Host, id: string): Promise<Schedule | undefined> => {
  const configured = host.config.schedules.find((one) => one.id === id);
  if (configured !== undefined) return ofConfiguration(configured);
  const found = await host.catalog.get('storedSchedule', id);
  return found && ofRecord(found.record, found.version);
};

/** The home of a schedule's backups, and so of the schedule. */
export const homeOfSchedule = ({ scope, domain = ROOT_DOMAIN }: Schedule): Home => homeOf({ scope, domain });

/** The domain that an event of a schedule names. */
export const domainOfSchedule = (schedule: Schedule): { readonly domain?: string } => {
  const home = homeOfSchedule(schedule);
  return home === null ? {} : { domain: home };
};

export const noSuchSchedule = (id: string): HoldfastError =>
  new HoldfastError(
    'not_found',
    `there is no schedule "${id}"; "holdfast schedule list" shows all schedules`,
  );
