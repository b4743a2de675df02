/** The HTTP API: a route for each row of the route tables, an authorizer before all but health. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type ApiDuty, apiRoutes } from './api-routes.ts';
import type { DutyFunction } from './duty-function.ts';

/** Requests a second, and at one instant. One operation runs at a time, so this is for asking, not for working. */
const throttle = { rateLimit: 50, burstLimit: 100 } as const;

export interface ApiProps {
  readonly installation: string;
  readonly functions: Readonly<Record<ApiDuty | 'authorizer', DutyFunction>>;
  readonly logRetention: RetentionDays;
}

export class Api extends Construct {
  readonly httpApi: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { installation, functions, logRetention } = props;
    const integrations = {
      'api-backups': new HttpLambdaIntegration('Backups', functions['api-backups']),
      'api-archives': new HttpLambdaIntegration('Archives', functions['api-archives']),
      'api-keys': new HttpLambdaIntegration('Keys', functions['api-keys']),
      'api-uploads': new HttpLambdaIntegration('Uploads', functions['api-uploads']),
    } satisfies Record<ApiDuty, HttpLambdaIntegration>;
    this.httpApi = new HttpApi(this, 'Api', {
      description: `Holdfast ${installation}`,
      createDefaultStage: false,
      defaultAuthorizer: new HttpLambdaAuthorizer('Tokens', functions.authorizer, {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        identitySource: ['$request.header.Authorization'],
        // Not cached: a token that is withdrawn ends at once, and an answer is of one route only.
        resultsCacheTtl: Duration.seconds(0),
      }),
      // What is at no route gets its problem document too.
      defaultIntegration: integrations['api-backups'],
    });
    for (const { duty, method, path, open } of apiRoutes) {
      const [route] = this.httpApi.addRoutes({
        path,
        methods: [methodOf(method)],
        integration: integrations[duty],
        ...(open && { authorizer: new HttpNoneAuthorizer() }),
      });
      if (open && route !== undefined)
        acknowledge(route, {
          'AwsSolutions-APIG4': 'Health answers anyone, and tells nothing but the version.',
        });
    }
    this.#stage(installation, logRetention);
  }

  get url(): string {
    return this.httpApi.apiEndpoint;
  }

  #stage(installation: string, retention: RetentionDays): void {
    const logGroup = new LogGroup(this, 'AccessLog', {
      // Of a prefix that the account's policy for delivered logs names once: that policy has little room.
      logGroupName: `/aws/vendedlogs/holdfast/${installation}/access`,
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.httpApi.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      throttle,
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        // No header and no query: a token or a passphrase could be in one.
        format: AccessLogFormat.custom(
          JSON.stringify({
            time: AccessLogField.contextRequestTime(),
            requestId: AccessLogField.contextRequestId(),
            ip: AccessLogField.contextIdentitySourceIp(),
            method: AccessLogField.contextHttpMethod(),
            route: AccessLogField.contextRouteKey(),
            status: AccessLogField.contextStatus(),
            bytes: AccessLogField.contextResponseLength(),
            milliseconds: AccessLogField.contextResponseLatency(),
            integrationStatus: AccessLogField.contextIntegrationStatus(),
            authorizerError: AccessLogField.contextAuthorizerError(),
          }),
        ),
      },
    });
  }
}

const methods = {
  GET: HttpMethod.GET,
  HEAD: HttpMethod.HEAD,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
  DELETE: HttpMethod.DELETE,
} as const;
const methodOf = (method: keyof typeof methods): HttpMethod => methods[method];
