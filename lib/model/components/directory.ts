import * as z from 'zod';
import { PatternError, parsePattern } from '../path-pattern.ts';
import { commonSettings, whenTooLittle } from './common-settings.ts';
import type { ComponentFacts } from './component-facts.ts';

const patterns = z
  .array(
    z
      .string()
      .min(1)
      .max(1000)
      .superRefine((text, context) => {
        try {
          parsePattern(text);
        } catch (error) {
          if (!(error instanceof PatternError)) throw error;
          context.addIssue({ code: 'custom', message: error.message });
        }
      }),
  )
  .max(1000)
  .default([]);

export const directorySettingsSchema = z
  .strictObject({
    ...commonSettings,
    kind: z.literal('directory'),
    path: z.string().min(1),
    /** Patterns on paths below `path`, as in a `.gitignore`; without any, everything is included. */
    include: patterns,
    /** Patterns of what is left out; an excluded folder is not entered. `!` includes again. */
    exclude: patterns,
    /** Stay within one file system. */
    oneFileSystem: z.boolean().default(false),
    /** The result when there is no file at all, which is how an unmounted disk looks. */
    onEmpty: whenTooLittle,
    /** The result when there are fewer than half as many entries as in the last backup. */
    onFewer: whenTooLittle,
    /** Whether a backup counts entries with extended attributes, which it does not keep. */
    extendedAttributes: z.enum(['count', 'ignore']).default('count'),
  })
  .superRefine(({ path, include, exclude }, context) => {
    const refuse = (setting: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [setting], message });
    for (const text of include)
      if (text.startsWith('!'))
        refuse(
          'include',
          `${JSON.stringify(text)}: to leave files out, write ${JSON.stringify(text.slice(1))} under "exclude"`,
        );
    const below = `${path.replace(/\/+$/, '')}/`;
    for (const [setting, texts] of Object.entries({ include, exclude }))
      for (const text of texts)
        if (below !== '/' && text.startsWith(below))
          refuse(
            setting,
            `${JSON.stringify(text)}: patterns are relative to the path of the component; write ${JSON.stringify(text.slice(below.length - 1))}`,
          );
  });
export type DirectorySettings = z.infer<typeof directorySettingsSchema>;

export const directoryFacts: ComponentFacts<DirectorySettings> = {
  host: 'embedded',
  source: ({ path }) => ({ folder: path }),
  withAbsolutePaths: (settings, absolute) => ({ ...settings, path: absolute(settings.path) }),
  pathInTarget: (target) => ({ before: '', path: target }),
};
