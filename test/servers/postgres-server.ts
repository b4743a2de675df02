/** A real PostgreSQL for tests, from Debian's packages: installed when that is ours to do, else a loud skip. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import type { PostgresServer } from '../../bin/demo/postgres-server.ts';
import { requireTool } from '../tools/debian-tools.ts';

export { type PostgresServer, startPostgresServer } from '../../bin/demo/postgres-server.ts';

/** `describe`, or a loud `describe.skip` where there is no PostgreSQL to be had. */
export const describeWithPostgres: typeof describe | typeof describe.skip = [
  requireTool('postgres'),
  requireTool('pg_dump'),
].every(Boolean)
  ? describe
  : describe.skip;

/** A transaction of the superuser that holds what `sql` locks. @returns what ends it; may be called twice. */
export const holdTransaction = async (server: PostgresServer, sql: string): Promise<() => Promise<void>> => {
  const psql = spawn(join(server.programs, 'psql'), ['-XAtq', server.url()], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const gone = once(psql, 'exit');
  psql.stdin.write(`BEGIN; ${sql};\n\\echo held\n`);
  await once(psql.stdout, 'data');
  return async () => {
    psql.stdin.end();
    await gone;
  };
};
