/** What an operator looks at beside the API: the account's own services. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { clientConfig } from '../emulators/credentials.ts';

export const awsClients = (endpoint: string) => {
  const config = clientConfig(endpoint);
  return {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    dynamodb: new DynamoDBClient(config),
    sfn: new SFNClient(config),
    lambda: new LambdaClient(config),
  };
};

const mailSchema = z.object({
  messages: z.array(z.looseObject({ Subject: z.string().optional(), To: z.unknown() })),
});

/** Mails that SES has taken. */
export const mailsOf = async (endpoint: string): Promise<string[]> => {
  const response = await fetch(`${endpoint}/_ministack/ses/messages`);
  const { messages } = mailSchema.parse(await response.json());
  return messages.map((message) => JSON.stringify(message));
};
