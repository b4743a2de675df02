/**
 * The configuration of a deployment, as an object of the installation's own bucket. CloudFormation knows the names in
 * it only while it deploys, and a function's environment has no room for it. The object is named by its SHA-256 and
 * never changes: functions of the last deployment keep theirs until they are replaced, and so does a deployment that is
 * rolled back.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { bucketPrefixes } from '../../model/aws-environment.ts';
import { sourceOf } from '../../model/components/component-table.ts';
import { type Config, configSchema } from '../../model/config/config.ts';
import { checkConfig } from '../../model/config/config-faults.ts';
import { ConfigTextError, parseConfigText } from '../../model/config/config-text.ts';
import { archivesWithin } from '../../model/config/own-archives.ts';
import { HoldfastError } from '../../model/errors.ts';
import { failedRead, failedWrite } from './s3/s3-errors.ts';
import { isDenied } from './sdk/aws-errors.ts';

export interface OwnStore {
  readonly bucket: string;
  readonly table: string;
}

const keyOf = (text: string): string =>
  `${bucketPrefixes.config}${createHash('sha256').update(text).digest('hex')}.json`;

/** How often and how long a denied write is repeated: a new right is not known everywhere at once. */
const DENIED = { tries: 12, pauseMilliseconds: 5_000 } as const;

/**
 * Checks a configuration at deployment, when every name is known, and stores it.
 *
 * @returns its key
 * @throws HoldfastError `config_invalid`, with a sentence for each fault
 */
export const writeConfig = async (
  client: S3Client,
  store: OwnStore,
  text: string,
  { tries, pauseMilliseconds }: { readonly tries: number; readonly pauseMilliseconds: number } = DENIED,
): Promise<string> => {
  parseDeployed(text, store);
  const location = { bucket: store.bucket, key: keyOf(text) };
  const put = new PutObjectCommand({
    Bucket: location.bucket,
    Key: location.key,
    Body: text,
    ContentType: 'application/json',
  });
  for (let tried = 1; ; tried++) {
    try {
      await client.send(put);
      return location.key;
    } catch (thrown) {
      if (!isDenied(thrown) || tried >= tries) throw failedWrite(thrown, location);
    }
    await pause(pauseMilliseconds);
  }
};

const installationSchema = z.object({ installation: configSchema.shape.installation });

/**
 * Refuses another name for a deployed installation, because its keys open for its name only. Names that differ only in
 * `-` and `_` have the same stacks, so one installation could be deployed over another.
 *
 * @throws HoldfastError `config_invalid` when a deployment would give it another name
 */
export const requireSameInstallation = (before: string, now: string): void => {
  const [old, given] = [before, now].map((text) => installationSchema.parse(jsonOf(text)).installation);
  if (old !== given)
    throw invalid(
      `what is deployed here is the installation "${old}", and the configuration is that of "${given}": an installation must keep its name, since its keys open for no other name; deploy "${given}" with its own stacks`,
    );
};

/**
 * @throws HoldfastError `config_invalid` for a configuration that is missing, or was changed; `unavailable` when S3
 * does not answer
 */
export const readConfig = async (client: S3Client, store: OwnStore, key: string): Promise<Config> => {
  const location = { bucket: store.bucket, key };
  let text: string | undefined;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: store.bucket, Key: key }));
    text = await Body?.transformToString();
  } catch (thrown) {
    const failure = failedRead(thrown, location, 0);
    if (failure instanceof HoldfastError && failure.code === 'not_found')
      throw invalid(
        `${failure.message}: it is the configuration of this installation; deploy it again`,
        thrown,
      );
    throw failure;
  }
  if (text === undefined || keyOf(text) !== key)
    throw invalid(
      `s3://${store.bucket}/${key} is not the configuration that was deployed: somebody has overwritten it; deploy the installation again`,
    );
  return parseDeployed(text, store);
};

const invalid = (message: string, cause?: unknown): HoldfastError =>
  new HoldfastError('config_invalid', message, cause === undefined ? {} : { cause });

/** @throws HoldfastError `config_invalid`, also for a component that is the installation's own bucket or catalog */
const parseDeployed = (text: string, { bucket, table }: OwnStore): Config => {
  const checked = checkConfig(jsonOf(text));
  if ('sentences' in checked)
    throw invalid(`the configuration cannot be deployed: ${checked.sentences.join('; ')}`);
  const { config } = checked;
  const [wrong] = archivesWithin(config.components, [{ bucket, prefix: '' }]);
  if (wrong !== undefined) throw invalid(wrong);
  const catalog = config.components.find((one) => sourceOf(one).table === table);
  if (catalog !== undefined)
    throw invalid(
      `component "${catalog.id}" is ${table}, the catalog of Holdfast itself, which Holdfast does not back up; name a table of your own, or take the component out`,
    );
  return config;
};

const jsonOf = (text: string): unknown => {
  try {
    return parseConfigText(Buffer.from(text));
  } catch (thrown) {
    if (!(thrown instanceof ConfigTextError)) throw thrown;
    throw invalid(`the configuration cannot be deployed: it ${thrown.message}`, thrown);
  }
};
