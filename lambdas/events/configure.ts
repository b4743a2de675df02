import middy from '@middy/core';
import * as z from 'zod';
import { answerCloudFormation } from '../../lib/runtimes/lambda/custom-resource.ts';
import { keepConfig } from '../../lib/runtimes/lambda/keep-config.ts';

const propertiesSchema = z.object({ Config: z.string() });

/**
 * Called by CloudFormation while it deploys, with the configuration, every name of a bucket and a table filled in:
 * checks it, keeps it, and returns its key. Another configuration has another key, so the functions, whose environment
 * contains the key, are restarted.
 */
export const handler = middy(async (event: unknown): Promise<void> => {
  await answerCloudFormation(event, async (properties, before) => {
    const { Config: text } = propertiesSchema.parse(properties);
    const earlier = before === undefined ? undefined : propertiesSchema.parse(before).Config;
    return { Key: await keepConfig(process.env, { text, before: earlier }) };
  });
});
