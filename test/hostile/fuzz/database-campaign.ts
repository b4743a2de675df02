/**
 * Databases with random schemas, backed up and restored into a new database, over a newer state of
 * themselves, and to a server that lacks roles. No privilege becomes wider, no row is lost unless a plan
 * named it, and where pg_restore alone restores rows, so does Holdfast.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresServer, startPostgresServer } from '../../../bin/demo/postgres-server.ts';
import { extractStream } from '../../../lib/archive/extract/extract-stream.ts';
import { postgresWith } from '../../../lib/components/postgres/postgres.ts';
import type { Campaign, CaseReport, Judgement } from '../../campaign/campaign.ts';
import { backUp, type DatabaseArchive, pool, restoreTask } from '../../components/postgres/archive.ts';
import { privilegesOf, rowsOf, textOf } from '../../components/postgres/feature-database.ts';
import { codeOf } from '../stages.ts';
import type { Random } from './random.ts';
import { type RandomSchema, randomSchema } from './random-schema.ts';

/** With this limit, restores give each index and key its own session, however small its table is. */
const postgres = postgresWith({ largeBytes: 1 });

const WAYS = ['new', 'over', 'elsewhere'] as const;

class DatabaseCase {
  readonly #home: PostgresServer;
  readonly #away: PostgresServer;
  readonly #name: string;
  readonly #faults: string[] = [];

  constructor(home: PostgresServer, away: PostgresServer, name: string) {
    this.#home = home;
    this.#away = away;
    this.#name = name;
  }

  async judge(
    schema: RandomSchema,
    way: (typeof WAYS)[number],
    missing: readonly string[],
    backup: DatabaseArchive,
  ): Promise<Judgement> {
    const before = {
      privileges: await privilegesOf(this.#home, this.#name),
      rows: await rowsOf(this.#home, this.#name),
    };
    const place = way === 'elsewhere' ? this.#away : this.#home;
    if (way === 'over') await this.#home.sql(schema.later, this.#name);
    for (const role of way === 'elsewhere' ? schema.roles : [])
      await this.#away.sql(
        missing.includes(role)
          ? `DROP ROLE IF EXISTS "${role.replaceAll('"', '""')}"`
          : `DO $$ BEGIN CREATE ROLE "${role.replaceAll('"', '""')}"; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      );
    const database = way === 'over' ? this.#name : `${this.#name}_back`;
    const newer = way === 'over' ? await rowsOf(this.#home, this.#name) : new Map<string, string>();
    const granted = way === 'over' ? await privilegesOf(this.#home, this.#name) : [];
    const task = restoreTask(backup, {
      url: this.#home.url(this.#name),
      target: 'env:TARGET_URL',
      secrets: { TARGET_URL: place.url(database) },
      allowDrop: true,
    });
    const plan = await postgres.planRestore(task);
    const told = new Set(plan.entries.map(({ path }) => path));
    const foreseen = plan.entries.filter(({ action }) => action === 'skip').map(({ path }) => path);
    const ended = await postgres.restore(task).then(
      ({ skipped }) => ({
        code: skipped.length > 0 ? 'PARTIAL' : 'SUCCESS',
        skipped: skipped.map(({ path }) => path),
        message: '',
      }),
      (thrown: unknown) => ({
        code: codeOf(thrown),
        skipped: [] as string[],
        message: thrown instanceof Error ? thrown.message : '',
      }),
    );
    /** What the plan warns about because it cannot know the result beforehand. */
    const warned = (plan.warnings ?? []).map((sentence) => sentence.split(': ', 1)[0] ?? '');
    if (plan.counts.refuse > 0) {
      if (ended.code !== 'restore_refused')
        this.#faults.push(`the plan refuses, and the restore ends in ${ended.code}`);
      if (JSON.stringify([...(await rowsOf(place, database))]) !== JSON.stringify([...newer]))
        this.#faults.push('a refused restore changed rows');
      return this.#judgement(way, ended.code);
    }
    if (ended.code === 'component_failed' && warned.some((what) => ended.message.includes(what))) {
      if (JSON.stringify([...(await rowsOf(place, database))]) !== JSON.stringify([...newer]))
        this.#faults.push('a restore that failed changed rows');
      return this.#judgement(way, ended.code);
    }
    if (ended.code !== 'SUCCESS' && ended.code !== 'PARTIAL') {
      this.#faults.push(
        `a restore that was planned without refusals ends in ${ended.code}: ${ended.message}`,
      );
      return this.#judgement(way, ended.code);
    }
    for (const path of foreseen)
      if (!ended.skipped.includes(path)) this.#faults.push(`foreseen, and not so: ${path}`);
    for (const path of ended.skipped)
      if (!foreseen.includes(path) && !warned.includes(path)) this.#faults.push(`not foreseen: ${path}`);
    const allowed = new Set(before.privileges);
    const after = new Set(await privilegesOf(place, database));
    // Privileges granted after the backup stay on what a restore does not change: schemas, languages, and
    // objects that the dump does not contain.
    const stays = /^(schema|language) |apart|newer|by default/;
    for (const line of after)
      if (!allowed.has(line) && !(granted.includes(line) && stays.test(line)))
        this.#faults.push(`wider: ${line}`);
    for (const line of granted) {
      const [, privilege, grantee] = /: (\w+) for (.+?)(?: and further)?$/s.exec(line) ?? [];
      if (privilege === undefined || allowed.has(line) || after.has(line) || line.startsWith('by default'))
        continue;
      const named = [...told].some((path) =>
        path.startsWith(`privilege ${privilege} of ${grantee?.replaceAll('"', '')} on `),
      );
      if (!named && !/newer| d"/.test(line)) this.#faults.push(`taken away unsaid: ${line}`);
    }
    await this.#judgeRows(await rowsOf(place, database), before.rows, {
      newer,
      told,
      skipped: ended.skipped,
      place,
      way,
      backup,
    });
    return this.#judgement(way, ended.code);
  }

  #judgement(way: string, code: string): Judgement {
    return { ended: `${way}: ${code}`, faults: this.#faults };
  }

  async #judgeRows(
    after: ReadonlyMap<string, string>,
    before: ReadonlyMap<string, string>,
    {
      newer,
      told,
      skipped,
      place,
      way,
      backup,
    }: {
      newer: ReadonlyMap<string, string>;
      told: ReadonlySet<string>;
      skipped: readonly string[];
      place: PostgresServer;
      way: string;
      backup: DatabaseArchive;
    },
  ): Promise<void> {
    const plain = (table: string): string =>
      table.replaceAll(/"((?:[^"]|"")*)"/g, (_all, name: string) => name.replaceAll('""', '"'));
    const pathOf = (table: string): string =>
      /^(other|public)\./.test(plain(table)) ? plain(table) : `public.${plain(table)}`;
    for (const [table, digest] of before)
      if (after.get(table) !== digest && !skipped.some((path) => path === pathOf(table)))
        this.#faults.push(`other rows in ${table}`);
    for (const table of newer.keys())
      if (!after.has(table) && !told.has(pathOf(table))) this.#faults.push(`gone unsaid: ${table}`);
    if (way !== 'new') return;
    const byOne = `${this.#name}_one`;
    const one = restoreTask(backup, { url: place.url(this.#name), target: byOne, restoreSessions: 1 });
    const serially = (await postgres.restore(one)).skipped.map(({ path }) => path);
    if (JSON.stringify(serially) !== JSON.stringify(skipped))
      this.#faults.push(`by one session other things are missing: ${serially.join(', ')}`);
    if ((await textOf(place, byOne)) !== (await textOf(place, `${this.#name}_back`)))
      this.#faults.push('by one session the database is another');
    await place.sql(`DROP DATABASE ${byOne}`);
    const byHand = `${this.#name}_hand`;
    await place.sql(`CREATE DATABASE ${byHand}`);
    const dump = extractStream({ ...backup, component: 'database', pool });
    const run = promisify(execFile)(join(place.programs, 'pg_restore'), ['--dbname', place.url(byHand)], {
      maxBuffer: 1 << 26,
    });
    if (run.child.stdin) dump.pipe(run.child.stdin);
    await run.catch(() => undefined);
    for (const [table, digest] of await rowsOf(place, byHand))
      if (digest === before.get(table) && after.get(table) !== digest)
        this.#faults.push(`by hand there are rows in ${table}`);
    await place.sql(`DROP DATABASE ${byHand}`);
  }
}

const missingOf = (random: Random, roles: readonly string[]): string[] =>
  roles.filter(() => random.chance(2));

export const campaign: Campaign = {
  name: 'databases',
  tries:
    'PostgreSQL databases with random tables, keys, views, functions, policies, owners and privileges, restored into a new one, over a newer self, or to a server that lacks roles',
  module: import.meta.url,
  casesPerSeed: 25,
  share: 1,
  // PostgreSQL's own programs take most of a case's time; a dump is small.
  limits: { megabytes: 400, blockedMs: 300, seconds: 60, waitSeconds: 600 },
  prepare: async () => {
    const [home, away] = await Promise.all([
      startPostgresServer(),
      startPostgresServer({ superuser: 'postgres' }),
    ]);
    return {
      run: async (random, number): Promise<CaseReport> => {
        const schema = randomSchema(random);
        const way = random.pick(WAYS);
        const missing = missingOf(random, schema.roles);
        const name = `case_${number}`;
        for (const role of schema.roles)
          await home.sql(
            `DO $$ BEGIN CREATE ROLE "${role.replaceAll('"', '""')}"; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
          );
        await home.sql(`CREATE DATABASE ${name}`);
        await home.sql(schema.sql, name);
        const backup = await backUp({ url: home.url(name) });
        return {
          bends: [way, ...missing],
          bytes: Buffer.from(`${schema.sql}\n-- later:\n${schema.later}\n`),
          judge: async () => {
            try {
              return await new DatabaseCase(home, away, name).judge(schema, way, missing, backup);
            } finally {
              for (const server of [home, away])
                for (const database of [name, `${name}_back`])
                  await server.sql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
            }
          },
        };
      },
      [Symbol.asyncDispose]: async () => {
        await pool.close();
        await Promise.all([home.stop(), away.stop()]);
      },
    };
  },
};
