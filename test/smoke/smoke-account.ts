/** The AWS account that the checks use: the SDK's clients, and AWS's own command line for IAM. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { FunctionName } from '../../lib/infra/functions/function-table.ts';
import { Api } from '../acceptance/api.ts';
import { runProgram } from '../aws-deploy/installation/run-program.ts';
import type { smokeOutputs } from './app.ts';
import type { Simulated, Smoke } from './smoke.ts';

interface Account {
  readonly id: string;
  readonly outputs: Readonly<Record<(typeof smokeOutputs)[number], string>>;
  readonly mail: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const tokenSchema = z.object({ token: z.string() });
const simulationSchema = z.object({
  EvaluationResults: z.array(z.object({ EvalDecision: z.string() })).min(1),
});

/** Fills the sources, and makes the first administrator's token. */
export const smokeOf = async ({ id, outputs, mail, env }: Account): Promise<Smoke> => {
  Object.assign(process.env, { AWS_PROFILE: env.AWS_PROFILE });
  const aws = {
    ...{ s3: new S3Client({}), dynamodb: new DynamoDBClient({}), sfn: new SFNClient({}) },
    ...{ lambda: new LambdaClient({}), sns: new SNSClient({}), sqs: new SQSClient({}) },
    events: new EventBridgeClient({}),
  };
  for (let index = 0; index < 30; index++)
    await aws.dynamodb.send(
      new PutItemCommand({
        TableName: outputs.SourceTable,
        Item: { id: { S: `order-${index}` }, total: { N: '12345678901234567890.123456789' } },
      }),
    );
  const { Payload, FunctionError } = await aws.lambda.send(
    new InvokeCommand({ FunctionName: outputs.AdminTokenFunction }),
  );
  const answer = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`no token was made: ${answer}`);
  const { token } = tokenSchema.parse(JSON.parse(answer));
  const named = (functionName: FunctionName) => functionNamed(aws.lambda, id, functionName);
  return {
    ...{ api: new Api(outputs.ApiUrl, token), pageUrl: outputs.ApiUrl, aws, seconds: 420, mail },
    ...{ sourceBucket: outputs.SourceBucket, sourceTable: outputs.SourceTable },
    ...{ targetBucket: outputs.TargetBucket, targetTable: outputs.TargetTable },
    ...{ archiveBucket: outputs.ArchiveBucket, topicArn: outputs.TopicArn, wrapKeyArn: outputs.WrapKeyArn },
    withLimit: async (seconds, functionName, work) => {
      const FunctionName = await named(functionName);
      const { Timeout } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      const set = async (limit: number | undefined): Promise<void> => {
        await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: limit }));
        await waitUntilFunctionUpdatedV2({ client: aws.lambda, maxWaitTime: 60 }, { FunctionName });
      };
      await set(seconds);
      try {
        return await work();
      } finally {
        await set(Timeout);
      }
    },
    simulate: async (asked) => {
      const FunctionName = await named(asked.functionName);
      const { Role = '' } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return simulate(Role, asked, env);
    },
  };
};

const simulate = async (
  role: string,
  { action, resource, context }: Simulated,
  env: Account['env'],
): Promise<'allowed' | 'denied'> => {
  const entries = Object.entries(context).map(
    ([name, value]) => `ContextKeyName=${name},ContextKeyValues=${value},ContextKeyType=string`,
  );
  const args = ['iam', 'simulate-principal-policy', '--policy-source-arn', role, '--output', 'json'];
  const said = await runProgram(
    'aws',
    [...args, '--action-names', action, '--resource-arns', resource, '--context-entries', ...entries],
    { cwd: process.cwd(), env },
  );
  const { EvaluationResults } = simulationSchema.parse(JSON.parse(said));
  return EvaluationResults.every(({ EvalDecision }) => EvalDecision === 'allowed') ? 'allowed' : 'denied';
};

const functionNamed = async (
  client: LambdaClient,
  id: string,
  functionName: FunctionName,
): Promise<string> => {
  const pattern = new RegExp(`^${id}-Holdfast${functionName.replaceAll('-', '')}[0-9A-F]{4,}`);
  for await (const { Functions = [] } of paginateListFunctions({ client }, {}))
    for (const { FunctionName = '' } of Functions) if (pattern.test(FunctionName)) return FunctionName;
  throw new Error(`the stack ${id} has no function ${functionName}`);
};
