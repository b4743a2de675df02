import type { Host } from '../../ports/host.ts';

/**
 * The bytes that may still be written to the installation's own place of archives; undefined when it has no limit, or
 * does not answer: then a warning is logged, and everything else goes on.
 */
export const freeBytes = async ({
  objects,
  log,
}: Pick<Host, 'objects' | 'log'>): Promise<number | undefined> => {
  try {
    return await objects.freeBytes?.(objects.locate('metrics.tar'));
  } catch (thrown) {
    log.warn('the free space of the place of archives could not be read', { reason: String(thrown) });
    return undefined;
  }
};
