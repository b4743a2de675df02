/**
 * A kind's `details` in the manifest, which a restore needs. They are checked when they are written, since they come
 * from a source, and again when they are read, since anybody may have made the archive.
 */
import * as z from 'zod';
import type { ComponentSummary } from '../archive/format.ts';
import { HoldfastError } from '../model/errors.ts';
import { isVisible } from '../model/text/visible-text.ts';

/**
 * The path to a text or a name with control characters, marks of direction or halves of characters; undefined when
 * there is none.
 */
const unseenIn = (value: unknown, path: readonly string[]): readonly string[] | undefined => {
  if (typeof value === 'string') return isVisible(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, name];
    const found = isVisible(name) ? unseenIn(inner, at) : at;
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Any JSON object of visible texts and names: for a kind that keeps nothing that a source can name freely. */
export const plainDetails = z.looseObject({}).superRefine((details, context) => {
  const path = unseenIn(details, []);
  if (path !== undefined)
    context.addIssue({ code: 'custom', path: [...path], message: 'holds control characters' });
});

const firstOf = ({ issues: [issue] }: z.ZodError): string => `${issue?.path.join('.')}: ${issue?.message}`;

/**
 * Parses the details that a source gave.
 *
 * @throws `component_failed`: such an archive could not be restored.
 */
export const capturedDetails = <T>(schema: z.ZodType<T>, told: unknown, source: string): T => {
  const parsed = schema.safeParse(told);
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'component_failed',
    `${source} describes itself by values that an archive may not store: ${firstOf(parsed.error)}; check that this is the right source`,
    { cause: parsed.error },
  );
};

interface ArchivedComponent {
  readonly archive: {
    readonly manifest: { readonly components: Readonly<Record<string, Pick<ComponentSummary, 'details'>>> };
  };
  readonly component: string;
}

/**
 * Parses the details in an archive.
 *
 * @throws `restore_refused`
 */
export const archivedDetails = <T>(
  schema: z.ZodType<T>,
  { archive, component }: ArchivedComponent,
  what: string,
): T => {
  const parsed = schema.safeParse(archive.manifest.components[component]?.details);
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'restore_refused',
    `component "${component}" of the archive is not described as Holdfast describes a ${what}: ${firstOf(parsed.error)}; nothing was touched`,
    { cause: parsed.error },
  );
};
