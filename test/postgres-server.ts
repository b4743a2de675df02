/** A real PostgreSQL for tests, from Debian's packages: installed when that is ours to do, else a loud skip. */
import { describe } from '@jest/globals';
import { requireTool } from './debian-tools.ts';

export { type PostgresServer, startPostgresServer } from '../bin/demo/postgres-server.ts';

/** `describe`, or a loud `describe.skip` where there is no PostgreSQL to be had. */
export const describeWithPostgres: typeof describe | typeof describe.skip = [
  requireTool('postgres'),
  requireTool('pg_dump'),
].every(Boolean)
  ? describe
  : describe.skip;
