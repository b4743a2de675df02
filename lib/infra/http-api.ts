/** The HTTP API: a route for each path of the route tables, an authorizer before all but health. */
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
import { type ApiFunctionName, apiFunctionNames } from '../../lambdas/api-handlers.ts';
import { consolePaths } from '../model/console-paths.ts';
import { acknowledge } from './acknowledge.ts';
import { apiRoutes } from './functions/api-routes.ts';
import type { InstallationFunction } from './functions/installation-function.ts';

/** Requests a second, and at one instant. Operations run one at a time, so most requests only ask. */
const throttle = { rateLimit: 50, burstLimit: 100 } as const;

export interface ApiProps {
  readonly installation: string;
  readonly functions: Readonly<Record<ApiFunctionName | 'authorizer' | 'console', InstallationFunction>>;
  readonly logRetention: RetentionDays;
}

export class Api extends Construct {
  readonly httpApi: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { installation, functions, logRetention } = props;
    const integrations = Object.fromEntries(
      apiFunctionNames.map((name) => [name, integrationOf(integrationId(name), functions[name])]),
    ) as Record<ApiFunctionName, HttpLambdaIntegration>;
    this.httpApi = new HttpApi(this, 'Api', {
      description: `Holdfast ${installation}`,
      createDefaultStage: false,
      defaultAuthorizer: new HttpLambdaAuthorizer('Tokens', functions.authorizer, {
        responseTypes: [HttpLambdaResponseType.SIMPLE],
        // No header is named here: the gateway would require all named ones, but a token comes in one header and a
        // session in another.
        identitySource: [],
        // Not cached: a revoked token must end at once, and an answer is valid for one route only.
        resultsCacheTtl: Duration.seconds(0),
      }),
      // A path without a route gets a problem document too.
      defaultIntegration: integrations['api-backups'],
    });
    for (const { functionName, method, path, open } of apiRoutes) {
      const [route] = this.httpApi.addRoutes({
        path,
        methods: [methodOf(method)],
        integration: integrations[functionName],
        ...(open && { authorizer: new HttpNoneAuthorizer() }),
      });
      if (open && route !== undefined)
        acknowledge(route, {
          'AwsSolutions-APIG4':
            'Open to everybody: health shows only the version, and messages to a trigger are signed.',
        });
    }
    this.#page(functions.console);
    this.#stage(installation, logRetention);
  }

  get url(): string {
    return this.httpApi.apiEndpoint;
  }

  /** The page's files come from the API's own host: so its cookie belongs to that host, and no other host is called. */
  #page(files: InstallationFunction): void {
    const integration = integrationOf('Page', files);
    for (const path of consolePaths) {
      const routes = this.httpApi.addRoutes({
        path,
        methods: [HttpMethod.GET, HttpMethod.HEAD],
        integration,
        authorizer: new HttpNoneAuthorizer(),
      });
      for (const route of routes)
        acknowledge(route, {
          'AwsSolutions-APIG4':
            'The files of the page have no secrets; the page gets everything else from the API.',
        });
    }
  }

  #stage(installation: string, retention: RetentionDays): void {
    const logGroup = new LogGroup(this, 'AccessLog', {
      // The prefix that the account's policy for delivered logs names once, since that policy has little room.
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
        // No header and no query is logged: a token or a passphrase could be in one.
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

/** One permission for each function, not for each of its routes: a stack holds 500 resources. */
/** `api-backups` has the integration `Backups`. */
const integrationId = (functionName: ApiFunctionName): string =>
  functionName.replace(/^api-(.)/, (_, letter: string) => letter.toUpperCase());

const integrationOf = (id: string, handler: InstallationFunction): HttpLambdaIntegration =>
  new HttpLambdaIntegration(id, handler, { scopePermissionToRoute: false });

const methods = {
  GET: HttpMethod.GET,
  HEAD: HttpMethod.HEAD,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
  DELETE: HttpMethod.DELETE,
  ANY: HttpMethod.ANY,
} as const;
const methodOf = (method: keyof typeof methods): HttpMethod => methods[method];
