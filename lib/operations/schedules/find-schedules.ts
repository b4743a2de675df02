/** The schedules of the configuration, and those of the API behind them. */

import type { Home } from '../../model/access/permissions.ts';
import { HoldfastError } from '../../model/errors.ts';
import { homeOf, ROOT_DOMAIN } from '../../model/records/scope.ts';
import { ofConfiguration, ofRecord, type Schedule } from '../../model/schedules/schedule.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';

/** Those of one minute begin in this order. One of the API whose id came into the configuration later gives way. */
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

/** What its backups belong to, and so itself. */
export const homeOfSchedule = ({ scope, domain = ROOT_DOMAIN }: Schedule): Home => homeOf({ scope, domain });

/** What an event of a schedule says of whom it is about. */
export const domainOfSchedule = (schedule: Schedule): { readonly domain?: string } => {
  const home = homeOfSchedule(schedule);
  return home === null ? {} : { domain: home };
};

export const noSuchSchedule = (id: string): HoldfastError =>
  new HoldfastError(
    'not_found',
    `there is no schedule "${id}"; those that there are: holdfast schedule list`,
  );
