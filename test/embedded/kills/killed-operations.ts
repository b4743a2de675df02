/** Operations during which a server is killed, and what must be true of each afterwards. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../../acceptance/api.ts';
import type { Random } from '../../hostile/fuzz/random.ts';
import { downloadArchive, sendParts } from '../travel.ts';
import {
  isGone,
  isSameTree,
  type KilledInstallation,
  SOURCES,
  type Tree,
  treeOf,
} from './killed-installation.ts';

export interface Operation {
  /** About as many calls as it makes in one thread. */
  readonly calls: number;
  /** What must be there before; then what is done, and what must be true of it after the start that follows the kill. */
  readonly prepare: (here: KilledInstallation, random: Random) => Promise<Prepared>;
}

export interface Prepared {
  /** Sends the request, and waits until what it began has ended. */
  readonly work: () => Promise<Answer | undefined>;
  /** @param answer - to the request; undefined when the server was gone before it answered. */
  readonly judge: (answer: Answer | undefined) => Promise<Verdict>;
}

export interface Verdict {
  /** In a word or two: how it ended. */
  readonly ended: string;
  readonly faults: readonly string[];
}

/** Waits for the end of what a request began, or of the server: the answer was given by then. */
const through = async (
  here: KilledInstallation,
  answer: Answer,
  pathOf: (body: Answer['body']) => string,
): Promise<Answer> => {
  if (answer.status === 202)
    await here.api.ended(pathOf(answer.body), 30).catch((thrown: unknown) => {
      if (!isGone(thrown)) throw thrown;
    });
  return answer;
};

/** How a record ends that was killed, or not: in success, or as interrupted, and nothing else. */
const endOf = async (
  here: KilledInstallation,
  answer: Answer | undefined,
  pathOf: (body: Answer['body']) => string,
): Promise<{ record: Answer['body'] | undefined; ended: string; faults: string[] }> => {
  if (answer === undefined) return { record: undefined, ended: 'no answer', faults: [] };
  if (answer.status !== 202)
    return { record: undefined, ended: 'refused', faults: [`refused: ${answer.status} ${answer.text}`] };
  const record = await here.ended(pathOf(answer.body));
  const { state, shortError, errorCode } = record;
  if (state === 'SUCCESS') return { record, ended: 'success', faults: [] };
  const isInterrupted = state === 'FAILED' && String(shortError).includes('interrupted');
  return {
    record,
    ended: isInterrupted ? 'interrupted' : state,
    faults: isInterrupted ? [] : [`it is ${state}, ${errorCode}: ${shortError}`],
  };
};

const newest = async (here: KilledInstallation): Promise<Answer['body'] | undefined> => {
  const { resources } = (await here.api.get('/v1/backups?limit=1000')).body;
  return resources.find(
    ({ id, state, replacedBy }: Answer['body']) =>
      state === 'SUCCESS' && replacedBy === undefined && Object.keys(here.contentsOf(id)).length > 0,
  );
};

/** One that is there, or a new one. */
const someBackup = async (here: KilledInstallation): Promise<Answer['body']> =>
  (await newest(here)) ?? here.backup();

/** Of each path: as it was, as it is in the archive, or not there yet. Never something else, and nothing lost. */
const mixFaults = (now: Tree, before: Tree, archive: Tree): string[] => {
  const faults: string[] = [];
  for (const [path, what] of now) {
    if (path.includes('.holdfast-')) faults.push(`${path} is left`);
    else if (what !== before.get(path) && what !== archive.get(path) && !what.startsWith('directory'))
      faults.push(`${path} is neither as it was nor as in the archive`);
  }
  for (const path of before.keys()) if (!now.has(path)) faults.push(`${path} is lost`);
  return faults;
};

const change = (here: KilledInstallation, random: Random): void => {
  for (let count = 1 + random.below(5); count > 0; count -= 1)
    writeFileSync(
      here.path('files', `f${random.below(30)}`),
      random.content(random.pick([0, 10, 5_000, 200_000])),
    );
  writeFileSync(here.path('notes', 'note'), random.bytes(20));
};

const backupPath = ({ id }: Answer['body']): string => `/v1/backups/${id}`;
const restorePath = ({ id }: Answer['body']): string => `/v1/restores/${id}`;

const backup: Operation = {
  calls: 170,
  prepare: async (here, random) => {
    change(here, random);
    const before = here.sources();
    return {
      work: async () =>
        through(here, await here.api.post('/v1/backups', { includeLogs: random.chance(2) }), backupPath),
      judge: async (answer) => {
        const { record, ended, faults } = await endOf(here, answer, backupPath);
        const now = here.sources();
        for (const id of SOURCES)
          if (!isSameTree(before[id] ?? new Map(), now[id] ?? new Map()))
            faults.push(`${id} was changed by a backup`);
        if (record?.state === 'SUCCESS') here.remember(record.id, before);
        return { ended, faults };
      },
    };
  },
};

const overwrite: Operation = {
  calls: 180,
  prepare: async (here, random) => {
    const request = { fileName: 'standing.hfa', overwrite: true };
    const first = await here.backup(request);
    change(here, random);
    const before = here.sources();
    return {
      work: async () => through(here, await here.api.post('/v1/backups', request), backupPath),
      judge: async (answer) => {
        const { record, ended, faults } = await endOf(here, answer, backupPath);
        const old = (await here.api.get(`/v1/backups/${first.id}`)).body;
        const isReplaced = old.replacedBy !== undefined;
        if (record !== undefined && (record.state === 'SUCCESS') !== isReplaced)
          faults.push(
            `the new one is ${record.state}, and the old one is ${isReplaced ? '' : 'not '}said to be replaced`,
          );
        if (record?.state === 'SUCCESS') here.remember(record.id, before);
        const standing = isReplaced ? old.replacedBy : first.id;
        const target = (id: string): string => here.path('standing', id);
        const targets = Object.fromEntries(SOURCES.map((id) => [id, target(id)]));
        const { state, shortError } = await here.api.restore(standing, { targets });
        if (state !== 'SUCCESS') faults.push(`what stands under the name cannot be restored: ${shortError}`);
        else if (Object.keys(here.contentsOf(standing)).length > 0)
          faults.push(...here.differences(standing, target));
        rmSync(here.path('standing'), { recursive: true, force: true });
        return { ended, faults };
      },
    };
  },
};

/** Restores to targets that may hold something, and again behind the kill. */
const restoreTo = async (
  here: KilledInstallation,
  id: string,
  request: Record<string, unknown>,
  folderOf: (component: string) => string,
): Promise<Prepared> => {
  const before = Object.fromEntries(SOURCES.map((one) => [one, treeOf(folderOf(one))]));
  const archive = here.contentsOf(id);
  const path = `/v1/backups/${id}/restores`;
  return {
    work: async () => through(here, await here.api.post(path, request), restorePath),
    judge: async (answer) => {
      const { record, ended, faults } = await endOf(here, answer, restorePath);
      for (const one of SOURCES) {
        const now = treeOf(folderOf(one));
        const [was, wanted] = [before[one] ?? new Map(), archive[one] ?? new Map()];
        faults.push(...mixFaults(now, was, wanted).map((fault) => `${one}: ${fault}`));
        const isBack = [...wanted].every(([name, what]) => now.get(name) === what);
        if (record?.componentStatus?.[one] === 'SUCCESS' && !isBack)
          faults.push(`${one} is said to be back, and is not`);
      }
      const again = await here.api.restore(id, request);
      if (again.state !== 'SUCCESS') faults.push(`again, it is ${again.state}: ${again.shortError}`);
      for (const one of SOURCES) {
        const now = treeOf(folderOf(one));
        for (const [name, what] of archive[one] ?? new Map())
          if (now.get(name) !== what) faults.push(`${one}: ${name} is not back after another restore`);
      }
      return { ended, faults };
    },
  };
};

const restoreElsewhere: Operation = {
  calls: 135,
  prepare: async (here, random) => {
    const { id } = await someBackup(here);
    rmSync(here.path('elsewhere'), { recursive: true, force: true });
    const folderOf = (component: string): string => here.path('elsewhere', component);
    const targets = Object.fromEntries(SOURCES.map((one) => [one, folderOf(one)]));
    // Over an older tree, or into an empty place.
    if (random.chance(2)) {
      await here.api.restore(id, { targets });
      for (let count = 10; count > 0; count -= 1)
        writeFileSync(here.path('elsewhere', 'files', `f${random.below(40)}`), random.content(1_000));
    }
    return restoreTo(here, id, { targets }, folderOf);
  },
};

const restoreInPlace: Operation = {
  calls: 270,
  prepare: async (here, random) => {
    const { id } = await here.backup();
    change(here, random);
    return restoreTo(here, id, { inPlace: true }, (component) => here.path(component));
  },
};

const verify: Operation = {
  calls: 70,
  prepare: async (here) => {
    const { id } = await someBackup(here);
    const path = ({ id: made }: Answer['body']): string => `/v1/verifications/${made}`;
    return {
      work: async () => through(here, await here.api.post(`/v1/backups/${id}/verify`, { deep: true }), path),
      judge: async (answer) => endOf(here, answer, path),
    };
  },
};

const reseal: Operation = {
  calls: 95,
  prepare: async (here) => {
    const { id, encryption } = await someBackup(here);
    const { body: key } = await here.api.post('/v1/keys', {});
    const path = ({ id: made }: Answer['body']): string => `/v1/reseals/${made}`;
    return {
      work: async () =>
        through(here, await here.api.post(`/v1/backups/${id}/reseal`, { keyId: key.id }), path),
      judge: async (answer) => {
        const { record, ended, faults } = await endOf(here, answer, path);
        const now = (await here.api.get(`/v1/backups/${id}`)).body.encryption.keyId;
        if (![encryption.keyId, key.id].includes(now)) faults.push(`the backup names another key: ${now}`);
        if (record?.state === 'SUCCESS' && now !== key.id)
          faults.push('it was sealed to the new key, and names the old one');
        const restore = await here.api.restore(id, { targets: { notes: here.path('resealed') } });
        if (restore.state !== 'SUCCESS')
          faults.push(`with the key that it names it cannot be restored: ${restore.shortError}`);
        rmSync(here.path('resealed'), { recursive: true, force: true });
        return { ended: `${ended}, ${now === key.id ? 'new' : 'old'} key`, faults };
      },
    };
  },
};

const remove: Operation = {
  calls: 9,
  prepare: async (here) => {
    const { id, fileName } = await here.backup();
    return {
      work: () => here.api.delete(`/v1/backups/${id}`),
      judge: async (answer) => {
        const { status } = await here.api.get(`/v1/backups/${id}`);
        const isThere = existsSync(join(here.archives, fileName));
        const faults: string[] = [];
        if (answer?.status === 204 && status !== 404) faults.push('it was said to be deleted, and is listed');
        if ((status === 404) === isThere)
          faults.push(`its record answers ${status}, and its file is ${isThere ? '' : 'not '}there`);
        return { ended: status === 404 ? 'deleted' : 'kept', faults };
      },
    };
  },
};

const keys: Operation = {
  calls: 5,
  prepare: async (here, random) => {
    const isDefault = random.chance(2);
    const listed = async (): Promise<Answer['body'][]> =>
      (await here.api.get('/v1/keys?limit=1000')).body.resources;
    const before = await listed();
    return {
      work: () => here.api.post('/v1/keys', { default: isDefault }),
      judge: async (answer) => {
        const now = await listed();
        const faults: string[] = [];
        if (now.filter((key) => key.isDefault && key.scope === 'system').length !== 1)
          faults.push('there is not one default key of the scope system');
        for (const { id } of before)
          if (!now.some((key) => key.id === id)) faults.push(`the key ${id} is gone`);
        const made = now.find(({ id }) => id === answer?.body.id);
        if (answer?.status === 201 && (made === undefined || made.isDefault !== isDefault))
          faults.push('a key that was made is not there as it was said');
        for (const { id } of now)
          if (!before.some((key) => key.id === id) && !isDefault) await here.api.delete(`/v1/keys/${id}`);
        return { ended: now.length > before.length ? 'made' : 'not made', faults };
      },
    };
  },
};

/** Of an archive that was deleted here, and comes back. */
const bringBack = async (
  here: KilledInstallation,
): Promise<{ archive: Buffer; record: Answer['body']; upload: Answer['body'] }> => {
  const record = await here.backup();
  const archive = await downloadArchive(here.api, record.id);
  await here.api.delete(`/v1/backups/${record.id}`);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const upload = (await here.api.post('/v1/uploads', { bytes: archive.length, sha256 })).body;
  return { archive, record, upload };
};

const importPath = ({ id }: Answer['body']): string => `/v1/imports/${id}`;

const completed = async (here: KilledInstallation, uploadId: string): Promise<string[]> => {
  const answer = await here.api.post(`/v1/uploads/${uploadId}/complete`);
  if (answer.status !== 202) return [`it cannot be completed again: ${answer.text}`];
  const { state, shortError } = await here.ended(importPath(answer.body));
  return state === 'SUCCESS' ? [] : [`completed again, it is ${state}: ${shortError}`];
};

const importing: Operation = {
  calls: 48,
  prepare: async (here) => {
    const { archive, record: old, upload } = await bringBack(here);
    await sendParts(here.api, upload, archive);
    return {
      work: async () => through(here, await here.api.post(`/v1/uploads/${upload.id}/complete`), importPath),
      judge: async (answer) => {
        const { record, ended, faults } = await endOf(here, answer, importPath);
        const { status } = await here.api.get(`/v1/backups/${old.id}`);
        const isThere = existsSync(join(here.archives, old.fileName));
        if ((status === 200) !== isThere)
          faults.push(`its record answers ${status}, and its file is ${isThere ? '' : 'not '}there`);
        if (record?.state === 'SUCCESS' && status !== 200)
          faults.push('it was brought in, and is not listed');
        if (record?.state === 'FAILED' && status === 200) faults.push('it failed, and is listed');
        if (status !== 200) faults.push(...(await completed(here, upload.id)));
        return { ended, faults };
      },
    };
  },
};

const uploading: Operation = {
  calls: 13,
  prepare: async (here) => {
    const { archive, upload } = await bringBack(here);
    return {
      work: async () => {
        await sendParts(here.api, upload, archive);
        return undefined;
      },
      judge: async () => {
        const { status, body } = await here.api.get(`/v1/uploads/${upload.id}`);
        if (status !== 200) return { ended: 'lost', faults: [`the upload is gone: ${status}`] };
        const ended = body.missing.length === 0 ? 'all parts there' : 'parts missing';
        await sendParts(here.api, body, archive);
        return { ended, faults: await completed(here, upload.id) };
      },
    };
  },
};

const cancelling: Operation = {
  calls: 75,
  prepare: async (here, random) => {
    change(here, random);
    const contents = here.sources();
    const later = random.below(150);
    return {
      work: async () => {
        const answer = await here.api.post('/v1/backups');
        await pause(later);
        const cancelled = here.api
          .post(`/v1/operations/${answer.body.id}/cancel`)
          .then(() => through(here, answer, backupPath));
        return cancelled.catch((thrown: unknown) => {
          if (isGone(thrown)) return answer;
          throw thrown;
        });
      },
      judge: async (answer) => {
        if (answer === undefined) return { ended: 'no answer', faults: [] };
        const record = await here.ended(backupPath(answer.body));
        if (record.state === 'SUCCESS') here.remember(record.id, contents);
        const isTold =
          record.state === 'SUCCESS' ||
          record.state === 'CANCELLED' ||
          String(record.shortError).includes('interrupted');
        return {
          ended: record.state.toLowerCase(),
          faults: isTold ? [] : [`it is ${record.state}: ${record.shortError}`],
        };
      },
    };
  },
};

/** Nothing but its own start and stop. */
const starting: Operation = {
  calls: 1,
  prepare: async () => ({
    work: async () => undefined,
    judge: async () => ({ ended: 'started', faults: [] }),
  }),
};

export const operations: Readonly<Record<string, Operation>> = {
  backup,
  'backup that overwrites': overwrite,
  'restore elsewhere': restoreElsewhere,
  'restore in place': restoreInPlace,
  verify,
  reseal,
  'delete a backup': remove,
  'make a key': keys,
  import: importing,
  upload: uploading,
  cancel: cancelling,
  start: starting,
};

/** What restores leave beside their targets: nothing. */
export const leftIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /(^|\/)\.holdfast-/.test(name))
        .map((name) => `${join(folder, name)} is left`)
    : [];
