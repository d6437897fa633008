// The edge of the server put together: who asks, may he, in what form, and the pages that name no resource.
import { type Log, silent } from "../lib/log.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  nodes,
  pods,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
} from "../schema/resources.ts";
import { admissionPlugins } from "./admission/plugins.ts";
import type { AdmissionSettings } from "./admission/settings.ts";
import { aggregation } from "./aggregation/aggregation.ts";
import type { ProxyClient } from "./aggregation/backend.ts";
import type { Audit } from "./audit/audit.ts";
import { accessReviews } from "./auth/access-review.ts";
import { accountTokens } from "./auth/account-token.ts";
import type { AuthenticationPlan } from "./auth/authentication-config.ts";
import { type AuthorizerPlan, defaultPlan } from "./auth/authorizer-plan.ts";
import { authorizerOf } from "./auth/authorizers.ts";
import { certificateCheck } from "./auth/certificate.ts";
import { roleRules } from "./auth/default-roles.ts";
import { identifier } from "./auth/identify.ts";
import { identityReviews } from "./auth/identity-review.ts";
import { jwtIssuer } from "./auth/jwt-issuer.ts";
import { nodeAuthorizer } from "./auth/node-authorizer.ts";
import { type NodeGraph, nodeGraph } from "./auth/node-graph.ts";
import { openId } from "./auth/openid.ts";
import { rbac } from "./auth/rbac.ts";
import { tokenKey } from "./auth/token-keys.ts";
import { tokenTracking } from "./auth/token-tracking.ts";
import { type TokenWebhookOptions, tokenWebhook } from "./auth/token-webhook.ts";
import {
  bootstrapTokens,
  firstOwner,
  type StaticToken,
  staticTokens,
  type TokenCheck,
} from "./auth/tokens.ts";
import { type Current, fixed, latest } from "./config/current.ts";
import type { AnyAuthorizer, Core, Edge } from "./context.ts";
import { customResourceEnd, definitionPatterns } from "./custom/admission.ts";
import { discovery } from "./discovery.ts";
import { openApi } from "./openapi.ts";
import { httpRemote, type Remote } from "./remote.ts";
import { serviceAllocation } from "./services/allocation.ts";

export type EdgeOptions = {
  /** PEM of the authorities whose certificates name users. */
  readonly clientAuthorities: string;
  /** PEM of the authorities of proxies that say for whom they ask. */
  readonly frontProxyAuthorities?: string;
  readonly staticTokens?: readonly StaticToken[];
  readonly serviceAccounts: {
    /** PEM; the first private key signs, all of them check. */
    readonly keys: readonly string[] | Current<readonly string[]>;
    readonly issuer: string;
    /** Issuers of earlier days, whose tokens are still believed. */
    readonly otherIssuers?: readonly string[];
    /** Names under which the API itself is meant by a token; the issuer when absent. */
    readonly audiences?: readonly string[];
  };
  /** False: requests without credentials get 401. */
  readonly anonymous?: boolean;
  /** Who decides, and in which order; Node and RBAC when absent. */
  readonly authorization?: Current<readonly AuthorizerPlan[]>;
  /** Other issuers of tokens; what it says of anonymous requests goes before `anonymous`. */
  readonly authentication?: Current<AuthenticationPlan>;
  /** A program that knows more tokens. */
  readonly tokenWebhook?: Pick<TokenWebhookOptions, "target" | "version" | "keptMs">;
  /** Plug-ins that are on, and their settings. */
  readonly admission?: AdmissionSettings;
  /** Writes down what was done. */
  readonly audit?: Audit;
  /** The certificate with which aggregated servers see that this server may speak for others. */
  readonly frontProxyClient?: ProxyClient;
  /** How other programs are asked. */
  readonly remote?: Remote;
  /** `host:port` at which others reach the server. */
  readonly address: () => string;
  readonly log?: Log;
  /** Range of the addresses of Services; 10.96.0.0/12 when absent. */
  readonly serviceCidr?: string;
};

const serviceCidrDefault = "10.96.0.0/12";

const noIssuers: AuthenticationPlan = Object.freeze({ issuers: [] });

type Reach = { readonly remote: Remote; readonly log: Log };

export function makeEdge(core: Core, options: EdgeOptions): Edge {
  const remote = options.remote ?? httpRemote;
  const log = options.log ?? silent;
  const { rules, authorize } = authorization(core, options, { remote, log });
  const who = authentication(core, options, { remote, log });
  const frontProxies = options.frontProxyAuthorities;
  const aggregated = aggregation(core, { client: options.frontProxyClient, log });
  return {
    aggregation: aggregated,
    identify: identifier({
      certificates: certificateCheck(options.clientAuthorities),
      ...(frontProxies === undefined ? {} : { frontProxies: certificateCheck(frontProxies) }),
      tokens: who.tokens,
      audiences: who.audiences,
      authorize,
      anonymous: who.anonymous,
      now: () => core.clock.now(),
    }),
    authorizers: [authorize],
    ...(options.audit === undefined ? {} : { audit: options.audit }),
    admissions: [
      definitionPatterns,
      customResourceEnd(core),
      ...admissionPlugins(core, {
        authorize,
        rules,
        log,
        remote,
        ...(options.admission === undefined ? {} : { settings: options.admission }),
      }),
      serviceAllocation(core, { serviceCidr: options.serviceCidr ?? serviceCidrDefault, log }),
    ],
    pages: [
      discovery({ kinds: core.kinds, address: options.address, remote: aggregated.documents }),
      openApi({ kinds: core.kinds, now: () => core.clock.now(), remote: aggregated.documents }),
      openId({
        issuer: options.serviceAccounts.issuer,
        keys: who.keys,
        address: options.address,
      }),
    ],
    computed: {
      ...accessReviews(authorize, rules),
      ...identityReviews(who),
    },
  };
}

/** The rules of RBAC, and who decides in which order. */
function authorization(core: Core, options: EdgeOptions, { remote, log }: Reach) {
  const rules = rbac({
    roles: core.view(roles),
    clusterRoles: core.view(clusterRoles),
    roleBindings: core.view(roleBindings),
    clusterRoleBindings: core.view(clusterRoleBindings),
  });
  let graph: NodeGraph | undefined;
  const node = nodeAuthorizer(() => {
    graph ??= nodeGraph(core);
    return graph;
  }, roleRules("system:node"));
  const chain = latest(options.authorization ?? fixed(defaultPlan), (plan) =>
    authorizerOf(plan, { node, rbac: rules.authorize, remote, clock: core.clock, log }),
  );
  const authorize: AnyAuthorizer = (identity, attributes) => chain()(identity, attributes);
  return { rules, authorize };
}

/** All who know tokens, in the order in which they are asked, and what they need. */
function authentication(core: Core, options: EdgeOptions, { remote, log }: Reach) {
  const { issuer, otherIssuers = [], audiences = [issuer], keys: given } = options.serviceAccounts;
  const keys = latest("value" in given ? given : fixed(given), (pems) => pems.map(tokenKey));
  const views = {
    accounts: core.view(serviceAccounts),
    pods: core.view(pods),
    secrets: core.view(secrets),
    nodes: core.view(nodes),
  };
  const accounts = accountTokens({
    keys,
    issuers: [issuer, ...otherIssuers],
    random: core.random,
    views,
    used: tokenTracking(core, log),
  });
  const monotonic = (): number => core.clock.monotonic();
  const plan = options.authentication ?? fixed(noIssuers);
  const foreign = latest(plan, (p) =>
    firstOwner(p.issuers.map((one) => jwtIssuer(one, { remote, monotonic }))),
  );
  const tokens: TokenCheck[] = [
    staticTokens(options.staticTokens ?? []),
    accounts.check,
    bootstrapTokens(views.secrets),
    (token, now) => foreign()(token, now),
    ...(options.tokenWebhook === undefined
      ? []
      : [tokenWebhook({ ...options.tokenWebhook, remote, audiences, monotonic })]),
  ];
  const allowed = latest(plan, (p) => p.anonymous ?? (() => options.anonymous ?? true));
  const anonymous = (path: string): boolean => allowed()(path);
  return { tokens, accounts, views, audiences, keys, anonymous };
}
