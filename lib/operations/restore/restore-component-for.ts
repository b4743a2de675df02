import { type Component, componentFor } from '../../components/index.ts';
import { type ComponentSettings, componentSchema } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Host } from '../../ports/host.ts';

export interface RestoreComponent {
  readonly component: Component;
  readonly target: string;
}

/**
 * The component an archive's component is restored by, and where to: the configured one of the same id and kind, or,
 * where this installation has none, what the named target says. So an archive restores into an empty installation.
 *
 * @throws `invalid_request` when there is neither.
 */
export const restoreComponentFor = (
  host: Host,
  { id, kind, target }: { id: string; kind: string; target: string | undefined },
): RestoreComponent => {
  const configured = host.config.components.find((settings) => settings.id === id && settings.kind === kind);
  if (configured !== undefined) {
    const component = componentFor(configured);
    return { component, target: target ?? component.target };
  }
  if (target === undefined)
    throw new HoldfastError(
      'invalid_request',
      `this installation has no component "${id}" of kind ${kind}: say where to restore it, with --to ${id}=TARGET`,
    );
  return { component: componentFor(settingsFromTarget(id, kind, target)), target };
};

const UNCONFIGURED = 'unconfigured';

const settingsFromTarget = (id: string, kind: string, target: string): ComponentSettings => {
  const [, way = '', name = ''] = /^(env|file):(.+)$/.exec(target) ?? [];
  const settings: Record<string, unknown> = {
    directory: { path: target },
    postgres: { url: { [way]: name } },
    // Settings say what is captured; of a bucket or table that is only restored, the target says all.
    s3: { bucket: UNCONFIGURED },
    dynamodb: { table: UNCONFIGURED },
  };
  const parsed = componentSchema.safeParse({ id, kind, ...Object(settings[kind]) });
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'invalid_request',
    `"${target}" is no target for a component of kind ${kind}${kind === 'postgres' ? '; name the connection URL as env:NAME or file:PATH' : ''}`,
  );
};
