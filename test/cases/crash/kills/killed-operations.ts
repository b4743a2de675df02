/** All operations during which a server is killed, and what must be true after each. */
import type { Answer } from '../../../acceptance/api.ts';
import { backup, cancelling, overwrite, remove, reseal, verify } from './killed-backups.ts';
import { restoreElsewhere, restoreInPlace } from './killed-restores.ts';
import { importing, uploading } from './killed-transfers.ts';
import type { Operation } from './operation.ts';

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

/** Only the server's own start and stop. */
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
