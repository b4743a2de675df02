/**
 * A real PostgreSQL for tests from Debian's packages, installed when this user may install packages;
 * otherwise the tests are skipped with a clear message.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import type { PostgresServer } from '../../bin/demo/postgres-server.ts';
import { requireTool } from '../tools/debian-tools.ts';

export { type PostgresServer, startPostgresServer } from '../../bin/demo/postgres-server.ts';

/** `describe`, or `describe.skip` with a clear message when PostgreSQL is not available. */
export const describeWithPostgres: typeof describe | typeof describe.skip = [
  requireTool('postgres'),
  requireTool('pg_dump'),
].every(Boolean)
  ? describe
  : describe.skip;

/**
 * Starts a superuser transaction that holds the locks of `sql`. @returns a function that ends it and may be
 * called twice
 */
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
