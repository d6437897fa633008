// Configuration files that cannot be used, each with what is told of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readAdmission } from "../admission/configuration.ts";
import { readAuditPolicy } from "../audit/policy.ts";
import { readAuthentication } from "../auth/authentication-config.ts";
import { readAuthorization } from "../auth/authorization-config.ts";
import { readTokenFile } from "../auth/token-file.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { ConfigError } from "./shape.ts";

const kubeconfig = `
clusters: [{name: c, cluster: {server: "https://hook.example"}}]
users: [{name: u, user: {token: secret-token}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;
const files: Record<string, string> = { "/hook": kubeconfig };

function readFile(path: string): Uint8Array {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
  return Buffer.from(text);
}

const file = (text: string) => ({ path: "/f", bytes: Buffer.from(text) });
const readers = {
  audit: (text: string) => readAuditPolicy(file(text)),
  authentication: (text: string) => readAuthentication(file(text), ["https://own"]),
  authorization: (text: string) => readAuthorization(file(text), readFile),
  admission(text: string) {
    files["/f"] = text;
    return readAdmission({ enable: [], disable: [], path: "/f" }, readFile);
  },
  tokens: (text: string) => readTokenFile("/f", text),
  kubeconfig(text: string) {
    files["/f"] = text;
    return readKubeconfig("/f", readFile);
  },
};

const audit = (rest: string) => `{apiVersion: audit.k8s.io/v1, kind: Policy, ${rest}}`;
const config = (kind: string, rest: string, version = "v1") =>
  `{apiVersion: apiserver.config.k8s.io/${version}, kind: ${kind}Configuration, ${rest}}`;
const authorizers = (list: string) => config("Authorization", `authorizers: [${list}]`);
const hook = (rest: string) =>
  `{type: Webhook, name: w, webhook: {timeout: 1s, authorizedTTL: 1s, unauthorizedTTL: 1s, subjectAccessReviewVersion: v1, failurePolicy: Deny, ${rest}}}`;
const connection = "connectionInfo: {type: KubeConfigFile, kubeConfigFile: /hook}";
const jwt = (rest: string) => config("Authentication", `jwt: [{${rest}}]`);
const issuer = 'issuer: {url: "https://i", audiences: [a]}';
const username = 'claimMappings: {username: {claim: sub, prefix: ""}}';
const plugin = (rest: string) => config("Admission", `plugins: [{${rest}}]`);
const podSecurity = (rest: string) =>
  plugin(
    `name: PodSecurity, configuration: {apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration, ${rest}}`,
  );
const mappings = (rest: string) => jwt(`${issuer}, claimMappings: {${rest}}`);

const rows: [reader: keyof typeof readers, text: string, told: string][] = [
  ["audit", "", "/f: holds no Policy"],
  ["audit", "a: [", "/f: is not YAML"],
  ["audit", "{a: 1, a: 2}", '/f: line 1: key "a" already set in map'],
  ["audit", "{kind: Policy}", "apiVersion: an absent value is not supported, use audit.k8s.io/v1"],
  [
    "audit",
    "{apiVersion: audit.k8s.io/v1beta1, kind: Policy}",
    'apiVersion: "audit.k8s.io/v1beta1" is not supported',
  ],
  [
    "audit",
    "{apiVersion: audit.k8s.io/v1, kind: Rule}",
    'kind: "Rule" is not supported, use Policy',
  ],
  ["audit", audit("rules: []"), "rules: a policy without rules audits nothing"],
  ["audit", audit("rules: [{}]"), "rules[0].level: Required value"],
  ["audit", audit("rules: [{level: All}]"), 'rules[0].level: Unsupported value: "All"'],
  ["audit", audit("rules: [{level: None, user: [a]}]"), "rules[0].user: unknown field"],
  ["audit", audit("rules: [{level: None, users: a}]"), 'rules[0].users: "a" is not a list'],
  ["audit", audit("rules: [{level: None, users: [1]}]"), "rules[0].users[0]: 1 is not a text"],
  [
    "audit",
    audit("omitStages: [Later], rules: [{level: None}]"),
    'omitStages[0]: Invalid value: "Later": allowed stages are',
  ],
  [
    "audit",
    audit("rules: [{level: None, nonResourceURLs: [a, /a*b]}]"),
    "rules[0].nonResourceURLs[1]: Invalid value",
  ],
  [
    "audit",
    audit("rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]"),
    "rules cannot apply to both regular resources and non-resource URLs",
  ],
  [
    "audit",
    audit("rules: [{level: None, resources: [{group: a/v1}]}]"),
    'rules[0].resources[0].group: Invalid value: "a/v1"',
  ],
  [
    "audit",
    audit("rules: [{level: None, resources: [{resourceNames: [a]}]}]"),
    "using resourceNames requires at least one resource",
  ],
  ["authorization", authorizers(""), "authorizers: Required value: at least one"],
  ["authorization", authorizers("{name: a}"), "authorizers[0].type: Required value"],
  ["authorization", authorizers("{type: ABAC, name: a}"), 'Unsupported value: "ABAC"'],
  ["authorization", authorizers("{type: RBAC}"), "authorizers[0].name: Required value"],
  ["authorization", authorizers("{type: RBAC, name: A}"), "authorizer name is invalid"],
  [
    "authorization",
    authorizers("{type: RBAC, name: a}, {type: RBAC, name: b}"),
    'authorizers[1].type: Duplicate value: "RBAC"',
  ],
  [
    "authorization",
    authorizers("{type: Node, name: a}, {type: RBAC, name: a}"),
    'authorizers[1].name: Duplicate value: "a"',
  ],
  [
    "authorization",
    authorizers("{type: RBAC, name: a, webhook: {}}"),
    "may only be specified when type=Webhook",
  ],
  [
    "authorization",
    authorizers("{type: Webhook, name: a}"),
    "authorizers[0].webhook: Required value: required when type=Webhook",
  ],
  ["authorization", authorizers(hook("timeOut: 1s")), "webhook.timeOut: unknown field"],
  ["authorization", authorizers(hook("timeout: 31s")), '"timeout" already set in map'],
  [
    "authorization",
    authorizers(hook("").replace("timeout: 1s", "timeout: 31s")),
    "timeout: Invalid value: must be > 0s and <= 30s",
  ],
  [
    "authorization",
    authorizers(hook("").replace("timeout: 1s", "timeout: soon")),
    '"soon" is not a duration such as 30s',
  ],
  ["authorization", authorizers(hook("")), "connectionInfo.type: Required value"],
  [
    "authorization",
    authorizers(hook("connectionInfo: {type: KubeConfigFile, kubeConfigFile: hook}")),
    "must be an absolute path",
  ],
  [
    "authorization",
    authorizers(hook("connectionInfo: {type: KubeConfigFile, kubeConfigFile: /none}")),
    "/none: cannot be read: ENOENT",
  ],
  [
    "authorization",
    authorizers(hook(`${connection}, matchConditions: [{expression: "true"}]`)),
    "matchConditionSubjectAccessReviewVersion: Required value",
  ],
  [
    "authorization",
    authorizers(
      hook(
        `${connection}, matchConditionSubjectAccessReviewVersion: v1, matchConditions: [{expression: "request.who == 'a'"}]`,
      ),
    ),
    "matchConditions[0].expression: compilation failed: ERROR",
  ],
  ["authentication", jwt(username), "jwt[0].issuer.url: Required value"],
  [
    "authentication",
    jwt(`issuer: {url: "http://i", audiences: [a]}, ${username}`),
    "URL scheme must be https",
  ],
  [
    "authentication",
    jwt(`issuer: {url: "https://u:p@i?a#b", audiences: [a]}, ${username}`),
    "URL must not contain a fragment",
  ],
  [
    "authentication",
    jwt(`issuer: {url: "https://own", audiences: [a]}, ${username}`),
    "URL must not overlap with disallowed issuers",
  ],
  [
    "authentication",
    jwt(`issuer: {url: "https://i", discoveryURL: "https://i/", audiences: [a]}, ${username}`),
    "discoveryURL must be different from URL",
  ],
  ["authentication", jwt(`issuer: {url: "https://i"}, ${username}`), "audiences: Required value"],
  [
    "authentication",
    jwt(`issuer: {url: "https://i", audiences: [a, b]}, ${username}`),
    "audienceMatchPolicy must be MatchAny for multiple audiences",
  ],
  [
    "authentication",
    jwt(`issuer: {url: "https://i", audiences: [a], certificateAuthority: x}, ${username}`),
    "certificateAuthority: Invalid value: <omitted>",
  ],
  ["authentication", jwt(issuer), "username: Required value: claim or expression is required"],
  ["authentication", mappings("username: {claim: sub}"), "prefix is required when claim is set"],
  [
    "authentication",
    mappings("username: {claim: sub, prefix: '', expression: a}"),
    "claim and expression can't both be set",
  ],
  [
    "authentication",
    mappings("username: {expression: nobody.name}"),
    "undeclared reference to 'nobody'",
  ],
  ["authentication", mappings("username: {expression: 'claims.('}"), "Syntax error"],
  [
    "authentication",
    mappings("username: {expression: claims.email}"),
    "claims.email_verified must be used",
  ],
  [
    "authentication",
    mappings("username: {claim: a, prefix: ''}, extra: [{key: a, valueExpression: claims.a}]"),
    "must be a domain-prefixed path",
  ],
  [
    "authentication",
    mappings(
      "username: {claim: a, prefix: ''}, extra: [{key: a.k8s.io/b, valueExpression: claims.a}]",
    ),
    "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use",
  ],
  [
    "authentication",
    jwt(`${issuer}, ${username}, claimValidationRules: [{claim: a, message: m}]`),
    "claimValidationRules[0].message: Invalid value: may not be specified when claim is set",
  ],
  [
    "authentication",
    jwt(`${issuer}, ${username}, userValidationRules: [{expression: user.age > 3}]`),
    "undefined field 'age'",
  ],
  [
    "authentication",
    config("Authentication", "anonymous: {enabled: false, conditions: [{path: /healthz}]}"),
    "enabled should be set to true when conditions are defined",
  ],
  ["admission", plugin("name: Nobody"), 'plugins[0].name: "Nobody" is unknown'],
  ["admission", plugin("name: PodSecurity, path: none.yaml"), "/none.yaml: cannot be read"],
  [
    "admission",
    plugin("name: PodSecurity, configuration: {apiVersion: v1}"),
    'plugins[0].configuration.apiVersion: "v1" is not supported',
  ],
  ["admission", podSecurity("default: {}"), "plugins[0].configuration.default: unknown field"],
  [
    "admission",
    podSecurity("defaults: {enforce: strict}"),
    'defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted',
  ],
  ["admission", podSecurity("defaults: {warn-version: v2}"), 'must be "latest" or "v1.x"'],
  [
    "admission",
    podSecurity("exemptions: {namespaces: [a, a]}"),
    'exemptions.namespaces[1]: Duplicate value: "a"',
  ],
  ["admission", podSecurity("exemptions: {usernames: ['']}"), "username must not be empty"],
  [
    "admission",
    plugin(
      "name: EventRateLimit, configuration: {apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration, limits: [{type: Node, qps: 0, burst: 1}]}",
    ),
    "limits[0].qps: Invalid value: must be positive",
  ],
  [
    "admission",
    plugin("name: ImagePolicyWebhook, configuration: {imagePolicy: {kubeConfigFile: /none}}"),
    "/none: cannot be read",
  ],
  ["tokens", "t,u\n", "line 1: token, user and uid are needed"],
  ["tokens", '\n"t,u,1', "line 2: a quote is not closed"],
  ["tokens", ",u,1", "line 1: the token is empty"],
  ["kubeconfig", "current-context: z", 'current-context: there is no context "z"'],
  ["kubeconfig", kubeconfig.replace("https://hook.example", "hook"), '"hook" is not a URL'],
  ["kubeconfig", kubeconfig.replace("token: secret-token", "tokens: a"), "unknown field"],
];

test("a file that cannot be used is told with its field and the reason", () => {
  for (const [reader, text, told] of rows) {
    assert.throws(
      () => readers[reader](text),
      (error) => {
        assert.ok(error instanceof ConfigError, `${reader} ${text}: ${error}`);
        assert.ok(error.message.includes(told), `${reader} ${text}: ${error.message}`);
        assert.ok(!error.message.includes("secret-token"));
        return true;
      },
      `${reader} ${text}`,
    );
  }
});

test("files as upstream documents them are read", () => {
  readers.audit(
    audit("rules: [{level: Metadata, resources: [{group: '*', resources: ['*/scale']}]}]"),
  );
  readers.authorization(authorizers(`{type: Node, name: node}, ${hook(connection)}`));
  readers.authentication(jwt(`${issuer}, ${username}`));
  const plan = readers.authentication(
    config("Authentication", "anonymous: {enabled: true, conditions: [{path: /livez}]}", "v1beta1"),
  );
  assert.deepEqual(["/livez", "/api"].map(plan.anonymous!), [true, false]);
  const { podSecurity: read } = readers.admission(podSecurity("defaults: {enforce: baseline}"));
  assert.equal(read?.defaults.enforce.level, "baseline");
  const target = readers.kubeconfig(kubeconfig);
  assert.deepEqual(target, { url: "https://hook.example", token: "secret-token" });
  const tokens = readers.tokens('t1,ann,1,"a,b"\n"t,2","b ob",2\n');
  assert.deepEqual(tokens, [
    { token: "t1", user: "ann", uid: "1", groups: ["a", "b"] },
    { token: "t,2", user: "b ob", uid: "2", groups: [] },
  ]);
});

test("flags name plug-ins that there are", () => {
  const wrong = (enable: string[], disable: string[]): void =>
    assert.throws(() => readAdmission({ enable, disable }, readFile), ConfigError);
  wrong(["Nobody"], []);
  wrong([], ["Nobody"]);
  wrong(["PodSecurity"], ["PodSecurity"]);
  wrong(["EventRateLimit"], []);
});
