import type { Host } from '../../ports/host.ts';

/**
 * What may still be written to the installation's own place of archives, in bytes; undefined where that does not end, or
 * does not answer: then a warning says so, and all else goes on.
 */
export const freeBytes = async ({
  objects,
  log,
}: Pick<Host, 'objects' | 'log'>): Promise<number | undefined> => {
  try {
    return await objects.freeBytes?.(objects.locate('metrics.tar'));
  } catch (thrown) {
    log.warn('the free room of the place of archives could not be read', { reason: String(thrown) });
    return undefined;
  }
};
