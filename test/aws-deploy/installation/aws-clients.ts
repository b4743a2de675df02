/** Clients for the AWS services that an operator uses besides the API. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { clientConfig } from '../../emulators/credentials.ts';

export const awsClients = (endpoint: string) => {
  const config = clientConfig(endpoint);
  return {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    dynamodb: new DynamoDBClient(config),
    sfn: new SFNClient(config),
    lambda: new LambdaClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    events: new EventBridgeClient(config),
  };
};
export type AwsClients = ReturnType<typeof awsClients>;

const byAccountSchema = z.object({ messages: z.record(z.string(), z.array(z.unknown())) });

/** The mails that SES has accepted. */
export const mailsOf = async (endpoint: string): Promise<string[]> => {
  const response = await fetch(`${endpoint}/_ministack/ses/messages`);
  const { messages } = byAccountSchema.parse(await response.json());
  return Object.values(messages)
    .flat()
    .map((message) => JSON.stringify(message));
};
