/** What a restore needs of this machine and of the target server, whatever the dump holds. */
import { HoldfastError } from '../../../model/errors.ts';
import { type DumpDetails, fittingTools } from '../dump/source-database.ts';
import { canCreateDatabase } from '../restore/new-database.ts';
import { type ClientTools, newestTools, toolsFor } from '../server/client-tools.ts';
import type { TargetDatabase } from './target-database.ts';

/**
 * Finds tools that read this dump and work with this server.
 *
 * @throws `component_unavailable`, `incompatible_version`.
 */
export const toolsToRestore = (
  tools: readonly ClientTools[],
  details: DumpDetails,
  target: TargetDatabase,
  place: string,
): ClientTools => {
  if (target.major < details.major)
    throw new HoldfastError(
      'incompatible_version',
      `the archive holds a database of PostgreSQL ${details.version}, and the server of ${place} is the older ` +
        `${target.version}; restore into version ${details.major} or later`,
    );
  fittingTools(tools, target, place);
  const fitting = toolsFor(tools, Math.max(details.toolMajor, target.major));
  if (fitting !== undefined) return fitting;
  throw new HoldfastError(
    'component_unavailable',
    `the dump was made by pg_dump ${details.toolVersion}, but the newest pg_restore here is ` +
      `${newestTools(tools).version}; install version ${details.toolMajor} ` +
      `(on Debian: postgresql-client-${details.toolMajor})`,
  );
};

/** Checks what no restore can do without. @throws `restore_refused`. */
export const assertNeeds = (
  target: TargetDatabase,
  details: DumpDetails,
  { place, wholly }: { place: string; wholly: boolean },
): void => {
  const refuse = (why: string): never => {
    throw new HoldfastError('restore_refused', `cannot restore into ${place}: ${why}`);
  };
  if (!target.exists && !target.mayCreate)
    refuse(`there is no such database, and the user "${target.user}" may not create one; create it first`);
  if (!target.exists && !canCreateDatabase(details))
    refuse(
      `there is no such database, and its collation provider "${details.localeProvider}" is not known to this version; create the database first`,
    );
  if (wholly && target.extensions.length > 0)
    refuse(`its server lacks the extensions ${target.extensions.join(', ')}; install them first`);
  if (target.readOnly === 'standby')
    refuse('the server is a standby, which accepts no writes; name its primary');
  if (target.readOnly === 'setting')
    refuse(
      `sessions of "${target.user}" are read only there (default_transaction_read_only); restore as another user`,
    );
  if (wholly && target.forSuperusers.length > 0)
    refuse(
      `only a superuser may create the extensions ${target.forSuperusers.join(', ')}; have one create them, or restore as one`,
    );
  // Without its policies' roles a table would show its rows to the wrong people, or to nobody.
  if (target.required.length > 0)
    refuse(`policies or user mappings name the roles ${target.required.join(', ')}; create them first`);
};
