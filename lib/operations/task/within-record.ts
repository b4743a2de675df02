import type { Skipped } from '../../archive/format.ts';
import { NAMED_SKIPPED } from '../../archive/manifest-bounds.ts';
import { shortened } from '../../archive/shown-text.ts';

/** Room for the components in a record: a DynamoDB item has 400 KB in all. */
const MAX_COMPONENTS_BYTES = 200_000;

/**
 * Names skipped entries as far as there is room, with long names shortened; their number is counted elsewhere. An
 * archive's manifest and log keep all of them.
 */
export const withinRecord = <T extends { readonly skipped: readonly Skipped[] }>(
  components: Readonly<Record<string, T>>,
): Record<string, T & { skipped: Skipped[] }> => {
  const named = (most: number) =>
    Object.fromEntries(
      Object.entries(components).map(([id, component]) => {
        const skipped = component.skipped
          .slice(0, most)
          .map(({ path, reason }) => ({ path: shortened(path), reason: shortened(reason) }));
        return [id, { ...component, skipped }];
      }),
    );
  for (const most of [NAMED_SKIPPED, 10, 1]) {
    const shown = named(most);
    if (Buffer.byteLength(JSON.stringify(shown)) <= MAX_COMPONENTS_BYTES) return shown;
  }
  return named(0);
};
