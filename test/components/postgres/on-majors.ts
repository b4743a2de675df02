/**
 * Runs tests of the postgres kind on real servers of each major version, with one server, the kind, its
 * programs, and functions to create and back up a database quickly.
 */
import { afterAll, beforeAll } from '@jest/globals';
import type { ComponentKind } from '../../../lib/components/component-kind.ts';
import { type PostgresOptions, postgresWith } from '../../../lib/components/postgres/postgres.ts';
import type { PostgresSettings } from '../../../lib/model/components/postgres.ts';
import { postgresMajors } from '../../servers/postgres-majors.ts';
import {
  describeWithPostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../servers/postgres-server.ts';
import { backUp, type DatabaseArchive } from './archive.ts';

export interface OnMajor {
  /** The key of this version in `postgresMajors`. */
  readonly major: string;
  readonly server: PostgresServer;
  readonly kind: ComponentKind<PostgresSettings>;
  make(name: string, sql: string, options?: string): Promise<void>;
  /** Creates a database with this SQL and backs it up. */
  made(name: string, sql: string, options?: string): Promise<DatabaseArchive>;
  /** The databases that restores left behind. */
  drafts(): Promise<string>;
}

interface Options extends Omit<PostgresOptions, 'toolFolders'> {
  /** Settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** SQL that the server's superuser runs before all tests. */
  readonly sql?: string;
}

export const describeOnMajors = (options: Options, tests: (here: OnMajor) => void): void =>
  describeWithPostgres.each(Object.entries(postgresMajors))('on PostgreSQL %s', (major, programsOf) => {
    const { settings = {}, sql, ...ofKind } = options;
    let started: Pick<OnMajor, 'server' | 'kind'> | undefined;
    beforeAll(async () => {
      const programs = await programsOf();
      const server = await startPostgresServer({ programs, settings });
      started = { server, kind: postgresWith({ ...ofKind, toolFolders: [programs] }) };
      if (sql !== undefined) await server.sql(sql);
    });
    afterAll(() => started?.server.stop());
    const running = (): Pick<OnMajor, 'server' | 'kind'> => {
      if (started === undefined) throw new Error('the server is started before the tests only');
      return started;
    };
    const here: OnMajor = {
      major,
      get server() {
        return running().server;
      },
      get kind() {
        return running().kind;
      },
      make: async (name, text, how = '') => {
        await here.server.sql(`CREATE DATABASE "${name}" ${how}`);
        await here.server.sql(text, name);
      },
      made: async (name, text, how) => {
        await here.make(name, text, how);
        return backUp({ url: here.server.url(name), kind: here.kind });
      },
      drafts: () =>
        here.server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'holdfast%' ORDER BY 1"),
    };
    tests(here);
  });
