import type { ComponentKind, PlanTask, Shard } from '../../lib/components/component-kind.ts';

/** Plans a component in one call, without a time limit. */
export const planWhole = async <S>(
  kind: ComponentKind<S>,
  task: Omit<PlanTask<S>, 'cursor' | 'stopsNext'>,
): Promise<{ shards: Shard[]; expectedBytes: number | null }> => {
  const planned = await kind.plan({ ...task, cursor: null, stopsNext: () => false });
  if ('cursor' in planned) throw new Error('it stopped, though nothing said so');
  return planned;
};
