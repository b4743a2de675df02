/** Backups, and operations on a backup, during which a server is killed. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../../../acceptance/api.ts';
import { isGone, isSameTree, SOURCES } from './killed-installation.ts';
import { backupPath, change, endOf, type Operation, someBackup, through } from './operation.ts';

export const backup: Operation = {
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

export const overwrite: Operation = {
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

export const verify: Operation = {
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

export const reseal: Operation = {
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

export const remove: Operation = {
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

export const cancelling: Operation = {
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
