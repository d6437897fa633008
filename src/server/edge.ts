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
import { accessReviews } from "./auth/access-review.ts";
import { accountTokens } from "./auth/account-token.ts";
import { firstOpinion, named, superusers } from "./auth/authorize.ts";
import { certificateCheck } from "./auth/certificate.ts";
import { roleRules } from "./auth/default-roles.ts";
import { identifier } from "./auth/identify.ts";
import { identityReviews } from "./auth/identity-review.ts";
import { nodeAuthorizer } from "./auth/node-authorizer.ts";
import { type NodeGraph, nodeGraph } from "./auth/node-graph.ts";
import { openId } from "./auth/openid.ts";
import { rbac } from "./auth/rbac.ts";
import { tokenKey } from "./auth/token-keys.ts";
import { bootstrapTokens, type StaticToken, staticTokens } from "./auth/tokens.ts";
import type { Core, Edge } from "./context.ts";
import { customResourceEnd, definitionPatterns } from "./custom/admission.ts";
import { discovery } from "./discovery.ts";
import { openApi } from "./openapi.ts";
import { serviceAllocation } from "./services/allocation.ts";

export type EdgeOptions = {
  /** PEM of the authorities whose certificates name users. */
  readonly clientAuthorities: string;
  /** PEM of the authorities of proxies that say for whom they ask. */
  readonly frontProxyAuthorities?: string;
  readonly staticTokens?: readonly StaticToken[];
  readonly serviceAccounts: {
    /** PEM; the first private key signs, all of them check. */
    readonly keys: readonly string[];
    readonly issuer: string;
    /** Names under which the API itself is meant by a token; the issuer when absent. */
    readonly audiences?: readonly string[];
  };
  /** False: requests without credentials get 401. */
  readonly anonymous?: boolean;
  /** `host:port` at which others reach the server. */
  readonly address: () => string;
  readonly log?: Log;
  /** Range of the addresses of Services; 10.96.0.0/12 when absent. */
  readonly serviceCidr?: string;
};

const serviceCidrDefault = "10.96.0.0/12";

export function makeEdge(core: Core, options: EdgeOptions): Edge {
  const { issuer } = options.serviceAccounts;
  const audiences = options.serviceAccounts.audiences ?? [issuer];
  const keys = options.serviceAccounts.keys.map(tokenKey);
  const rules = rbac({
    roles: core.view(roles),
    clusterRoles: core.view(clusterRoles),
    roleBindings: core.view(roleBindings),
    clusterRoleBindings: core.view(clusterRoleBindings),
  });
  let graph: NodeGraph | undefined;
  const nodeAsks = nodeAuthorizer(() => {
    graph ??= nodeGraph(core);
    return graph;
  }, roleRules("system:node"));
  const authorizers = [superusers, named("node", nodeAsks), named("rbac", rules.authorize)];
  const authorize = firstOpinion(authorizers);
  const views = {
    accounts: core.view(serviceAccounts),
    pods: core.view(pods),
    secrets: core.view(secrets),
    nodes: core.view(nodes),
  };
  const accounts = accountTokens({ keys, issuers: [issuer], random: core.random, views });
  const tokens = [
    staticTokens(options.staticTokens ?? []),
    accounts.check,
    bootstrapTokens(views.secrets),
  ];
  const frontProxies = options.frontProxyAuthorities;
  return {
    identify: identifier({
      certificates: certificateCheck(options.clientAuthorities),
      ...(frontProxies === undefined ? {} : { frontProxies: certificateCheck(frontProxies) }),
      tokens,
      audiences,
      authorize,
      anonymous: options.anonymous ?? true,
      now: () => core.clock.now(),
    }),
    authorizers,
    admissions: [
      definitionPatterns,
      customResourceEnd(core),
      ...admissionPlugins(core, { authorize, rules, log: options.log ?? silent }),
      serviceAllocation(core, { serviceCidr: options.serviceCidr ?? serviceCidrDefault }),
    ],
    pages: [
      discovery({ kinds: core.kinds, address: options.address }),
      openApi({ kinds: core.kinds, now: () => core.clock.now() }),
      openId({ issuer, keys, address: options.address }),
    ],
    computed: {
      ...accessReviews(authorize, rules),
      ...identityReviews({ tokens, accounts, views, audiences }),
    },
  };
}
