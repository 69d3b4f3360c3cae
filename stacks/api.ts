// The HTTP API: every route of functions/wiring/routes.ts behind IAM, or behind tokens of one issuer; the
// public ones, which carry their own proof, only where the stage wants them.
import { type Route, routes } from "../functions/wiring/routes.ts";
import { deployFunction, environmentOf, type Surroundings } from "./functions.ts";
import { camel, type Site } from "./site.ts";

/** What one client after another may ask for in a second, and at once. */
const RATE = { throttlingRateLimit: 20, throttlingBurstLimit: 40 };

/** Without the path: that of an approval is a secret. */
const LOGGED = {
  at: "$context.requestTime",
  id: "$context.requestId",
  route: "$context.routeKey",
  status: "$context.status",
  ms: "$context.responseLatency",
  from: "$context.identity.sourceIp",
  agent: "$context.identity.userAgent",
  caller: "$context.identity.userArn",
  subject: "$context.authorizer.claims.sub",
  error: "$context.error.message",
};

/** Makes the API without its routes, so that functions can be told where it is. */
export function gateway(site: Site): sst.aws.ApiGatewayV2 {
  return new sst.aws.ApiGatewayV2("HttpApi", {
    cors: false,
    transform: {
      api: { name: site.name("api"), description: `Portward ${site.stage}` },
      logGroup: { retentionInDays: site.parameters.logDays },
      stage: args => {
        args.defaultRouteSettings = RATE;
        args.accessLogSettings = $util.output(args.accessLogSettings).apply(settings => ({
          destinationArn: settings?.destinationArn ?? "",
          format: JSON.stringify(LOGGED),
        }));
      },
    },
  });
}

/** Makes the function of the API and its routes; what has no route is refused by AWS. */
export function api(site: Site, around: Surroundings, http: sst.aws.ApiGatewayV2): void {
  const called = deployFunction(site, "api", environmentOf(site, around));
  const { api: gate } = http.nodes;
  new aws.lambda.Permission("ApiMayCall", {
    action: "lambda:InvokeFunction",
    function: called.name,
    principal: "apigateway.amazonaws.com",
    sourceArn: $interpolate`${gate.executionArn}/*/*`,
  });
  // One for all routes: each would bring a statement of its own, and a function's policy has 20 KB.
  const integration = new aws.apigatewayv2.Integration("ApiIntegration", {
    apiId: gate.id,
    integrationType: "AWS_PROXY",
    integrationUri: called.arn,
    payloadFormatVersion: "2.0",
  });
  const authorizer = authorizerOf(site, http);
  for (const route of routes.filter(one => isDeployed(site, one))) {
    const { method, path } = route;
    new aws.apigatewayv2.Route(`ApiRoute${nameOf(route)}`, {
      apiId: gate.id,
      routeKey: `${method} ${path}`,
      target: $interpolate`integrations/${integration.id}`,
      ...authorityOf(route, authorizer),
    });
  }
}

const isDeployed = (site: Site, { authority }: Route): boolean =>
  authority !== "public" || site.parameters.publicRoutes;

function authorizerOf(site: Site, http: sst.aws.ApiGatewayV2) {
  const { jwt } = site.parameters;
  if (!jwt) return undefined;
  return new aws.apigatewayv2.Authorizer("ApiTokens", {
    apiId: http.nodes.api.id,
    name: site.name("tokens"),
    authorizerType: "JWT",
    identitySources: ["$request.header.Authorization"],
    jwtConfiguration: { issuer: jwt.issuer, audiences: jwt.audience },
  });
}

function authorityOf({ authority }: Route, tokens: aws.apigatewayv2.Authorizer | undefined) {
  if (authority === "public") return { authorizationType: "NONE" };
  if (!tokens) return { authorizationType: "AWS_IAM" };
  return {
    authorizationType: "JWT",
    authorizerId: tokens.id,
    authorizationScopes: [`portward/${authority}`],
  };
}

const nameOf = ({ method, path }: Route): string =>
  camel(`${method.toLowerCase()}${path.replace(/[^a-z]+/g, "-")}`.replace(/-$/, ""));
