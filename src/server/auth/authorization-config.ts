// Who decides, and in which order: the AuthorizationConfiguration file, or upstream's flags for the usual cases.
import { checkDnsSubdomain } from "../../schema/names.ts";
import type { JSONSchemaProps } from "../../schema/types/apiextensions-v1.ts";
import { readExpression } from "../config/expression.ts";
import { type ReadFile, readKubeconfig } from "../config/kubeconfig.ts";
import {
  ConfigError,
  type ConfigFile,
  duration,
  type FileShape,
  fields,
  flag,
  list,
  named,
  optional,
  type Problem,
  readConfig,
  text,
} from "../config/shape.ts";
import type { RemoteTarget } from "../remote.ts";
import type { AuthorizerMode, AuthorizerPlan, WebhookPlan } from "./authorizer-plan.ts";

/** Throws a ConfigError. Kubeconfig files that it names are read, too. */
export function readAuthorization(file: ConfigFile, readFile: ReadFile): readonly AuthorizerPlan[] {
  const { authorizers } = readConfig(file, shape);
  return authorizers.map(({ type, name, webhook }, index): AuthorizerPlan => {
    if (type !== "Webhook" || webhook === undefined) return { mode: type as AuthorizerMode, name };
    const field = `authorizers[${index}].webhook.connectionInfo.kubeConfigFile`;
    const { kubeConfigFile } = webhook.connectionInfo;
    const target = named(file.path, field, () => readKubeconfig(kubeConfigFile, readFile));
    return { mode: "Webhook", name, webhook: planOf(webhook, target) };
  });
}

const modes: readonly string[] = ["AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];

export type AuthorizationFlags = {
  /** As upstream's `--authorization-mode`. */
  readonly modes: readonly string[];
  readonly webhookFile?: string;
  readonly webhookVersion?: string;
  readonly allowedMs?: number;
  readonly refusedMs?: number;
};

/** The same from flags. Throws a ConfigError. */
export function planOfFlags(flags: AuthorizationFlags, readFile: ReadFile): AuthorizerPlan[] {
  const fail = (reason: string): never => {
    throw new ConfigError("--authorization-mode", [{ field: "", reason }]);
  };
  if (new Set(flags.modes).size < flags.modes.length) fail("a mode is named twice");
  return flags.modes.map((mode): AuthorizerPlan => {
    if (!modes.includes(mode)) fail(`${JSON.stringify(mode)} is not one of ${modes.join(", ")}`);
    const name = mode.toLowerCase();
    if (mode !== "Webhook") return { mode: mode as AuthorizerMode, name };
    const file = flags.webhookFile ?? "";
    if (file === "") fail("Webhook needs --authorization-webhook-config-file");
    const webhook: WebhookPlan = {
      target: readKubeconfig(file, readFile),
      timeoutMs: 30_000,
      version: flags.webhookVersion === "v1" ? "v1" : "v1beta1",
      allowedMs: flags.allowedMs ?? 5 * 60_000,
      refusedMs: flags.refusedMs ?? 30_000,
      onFailure: "no opinion",
      conditions: [],
    };
    return { mode: "Webhook", name, webhook };
  });
}

const webhookFields = fields({
  authorizedTTL: duration,
  cacheAuthorizedRequests: optional(flag),
  unauthorizedTTL: duration,
  cacheUnauthorizedRequests: optional(flag),
  timeout: duration,
  subjectAccessReviewVersion: text,
  matchConditionSubjectAccessReviewVersion: text,
  failurePolicy: text,
  connectionInfo: fields({ type: text, kubeConfigFile: text }),
  matchConditions: list(fields({ expression: text })),
});

type Webhook = ReturnType<typeof webhookFields>;

const body = fields({
  authorizers: list(fields({ type: text, name: text, webhook: optional(webhookFields) })),
});

const shape: FileShape<ReturnType<typeof body>> = {
  group: "apiserver.config.k8s.io",
  versions: ["v1", "v1beta1", "v1alpha1"],
  kind: "AuthorizationConfiguration",
  body,
  check({ authorizers }, problems) {
    const note = (field: string, reason: string): void => void problems.push({ field, reason });
    if (authorizers.length === 0) {
      note("authorizers", "Required value: at least one authorization mode must be defined");
    }
    const types = new Set<string>();
    const names = new Set<string>();
    for (const [index, authorizer] of authorizers.entries()) {
      const at = `authorizers[${index}]`;
      const wrong = typeProblem(authorizer.type, types);
      if (wrong !== undefined) {
        note(`${at}.type`, wrong);
        continue;
      }
      types.add(authorizer.type);
      const badName = nameProblem(authorizer.name, names);
      if (badName !== undefined) note(`${at}.name`, badName);
      names.add(authorizer.name);
      checkWebhook(authorizer.type, authorizer.webhook, `${at}.webhook`, problems);
    }
  },
};

const duplicate = (value: string): string => `Duplicate value: ${JSON.stringify(value)}`;
const unsupported = (value: string, known: readonly string[]): string =>
  `Unsupported value: ${JSON.stringify(value)}: supported values: ${known.map((k) => JSON.stringify(k)).join(", ")}`;

function typeProblem(type: string, seen: ReadonlySet<string>): string | undefined {
  if (type === "") return "Required value";
  if (!modes.includes(type)) return unsupported(type, modes);
  return seen.has(type) && type !== "Webhook" ? duplicate(type) : undefined;
}

function nameProblem(name: string, seen: ReadonlySet<string>): string | undefined {
  if (name === "") return "Required value";
  if (seen.has(name)) return duplicate(name);
  const wrong = checkDnsSubdomain(name).join(", ");
  return wrong === "" ? undefined : `Invalid value: authorizer name is invalid: ${wrong}`;
}

const timeoutMsMax = 30_000;

function checkWebhook(
  type: string,
  webhook: Webhook | undefined,
  at: string,
  problems: Problem[],
): void {
  if (type === "Webhook" && webhook !== undefined) return checkFields(webhook, at, problems);
  const reason =
    type === "Webhook"
      ? "Required value: required when type=Webhook"
      : "Invalid value: may only be specified when type=Webhook";
  if (type === "Webhook" || webhook !== undefined) problems.push({ field: at, reason });
}

function checkFields(webhook: Webhook, at: string, problems: Problem[]): void {
  const note = (field: string, reason: string): void =>
    void problems.push({ field: `${at}.${field}`, reason });
  const among = (field: string, value: string, known: readonly string[]): void => {
    if (value === "") note(field, "Required value");
    else if (!known.includes(value)) note(field, unsupported(value, known));
  };
  const { timeout, authorizedTTL, unauthorizedTTL, connectionInfo } = webhook;
  if (timeout === 0) note("timeout", "Required value");
  else if (timeout < 0 || timeout > timeoutMsMax)
    note("timeout", "Invalid value: must be > 0s and <= 30s");
  for (const [field, ms] of Object.entries({ authorizedTTL, unauthorizedTTL })) {
    if (ms === 0) note(field, "Required value");
    else if (ms < 0) note(field, "Invalid value: must be > 0s");
  }
  among("subjectAccessReviewVersion", webhook.subjectAccessReviewVersion, ["v1", "v1beta1"]);
  among("failurePolicy", webhook.failurePolicy, ["NoOpinion", "Deny"]);
  const version = webhook.matchConditionSubjectAccessReviewVersion;
  if (version !== "") among("matchConditionSubjectAccessReviewVersion", version, ["v1"]);
  else if (webhook.matchConditions.length > 0) {
    const rule = "Required value: required if match conditions are specified";
    note("matchConditionSubjectAccessReviewVersion", rule);
  }
  const { type, kubeConfigFile } = connectionInfo;
  among("connectionInfo.type", type, ["KubeConfigFile"]);
  if (type === "KubeConfigFile" && kubeConfigFile === "")
    note("connectionInfo.kubeConfigFile", "Required value");
  else if (kubeConfigFile !== "" && !kubeConfigFile.startsWith("/"))
    note("connectionInfo.kubeConfigFile", "Invalid value: must be an absolute path");
  checkConditions(webhook, at, problems);
}

const conditionsMax = 64;

function checkConditions({ matchConditions }: Webhook, at: string, problems: Problem[]): void {
  if (matchConditions.length > conditionsMax) {
    const reason = `Too many: ${matchConditions.length}: must have at most ${conditionsMax} items`;
    problems.push({ field: `${at}.matchConditions`, reason });
    return;
  }
  const seen = new Set<string>();
  matchConditions.forEach(({ expression }, index) => {
    const field = `${at}.matchConditions[${index}].expression`;
    if (expression.trim() === "") problems.push({ field, reason: "Required value" });
    else if (seen.has(expression)) problems.push({ field, reason: duplicate(expression) });
    else readExpression(expression, { request: requestSchema }, field, problems);
    seen.add(expression);
  });
}

function planOf(webhook: Webhook, target: RemoteTarget): WebhookPlan {
  const ignored: Problem[] = [];
  return {
    target,
    timeoutMs: webhook.timeout,
    version: webhook.subjectAccessReviewVersion === "v1" ? "v1" : "v1beta1",
    allowedMs: webhook.cacheAuthorizedRequests === false ? 0 : webhook.authorizedTTL,
    refusedMs: webhook.cacheUnauthorizedRequests === false ? 0 : webhook.unauthorizedTTL,
    onFailure: webhook.failurePolicy === "Deny" ? "deny" : "no opinion",
    conditions: webhook.matchConditions.map(
      ({ expression }) => readExpression(expression, { request: requestSchema }, "", ignored)!,
    ),
  };
}

const string: JSONSchemaProps = { type: "string" };
const strings: JSONSchemaProps = { type: "array", items: string };
const object = (properties: Record<string, JSONSchemaProps>): JSONSchemaProps => ({
  type: "object",
  properties,
});
const selector = object({
  rawSelector: string,
  requirements: {
    type: "array",
    items: object({ key: string, operator: string, values: strings }),
  },
});

/** The spec of a SubjectAccessReview. */
const requestSchema = object({
  user: string,
  uid: string,
  groups: strings,
  extra: { type: "object", additionalProperties: strings },
  resourceAttributes: object({
    namespace: string,
    verb: string,
    group: string,
    version: string,
    resource: string,
    subresource: string,
    name: string,
    fieldSelector: selector,
    labelSelector: selector,
  }),
  nonResourceAttributes: object({ path: string, verb: string }),
});
