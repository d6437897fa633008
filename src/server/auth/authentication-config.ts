// Which tokens of other issuers are believed, and who may come without any: the AuthenticationConfiguration file, or
// upstream's flags for one issuer.

import { certificatesIn } from "../../lib/x509.ts";
import type { Program } from "../../schema/cel/evaluate.ts";
import type { Expression } from "../../schema/cel/parser.ts";
import type { JSONSchemaProps } from "../../schema/types/apiextensions-v1.ts";
import { readExpression } from "../config/expression.ts";
import {
  type ConfigFile,
  type FileShape,
  fields,
  flag,
  list,
  optional,
  type Problem,
  readConfig,
  text,
} from "../config/shape.ts";

export type AuthenticationPlan = {
  readonly issuers: readonly IssuerPlan[];
  /** Whether a path may be asked for without credentials; undefined: as the flag says. */
  readonly anonymous?: (path: string) => boolean;
};

/** A claim as it stands, with a prefix, or what an expression makes of all of them. */
export type Mapping =
  | { readonly is: "claim"; readonly claim: string; readonly prefix: string }
  | { readonly is: "expression"; readonly program: Program }
  | { readonly is: "none" };

export type Rule = {
  readonly program: Program;
  readonly expression: string;
  readonly message: string;
};

export type IssuerPlan = {
  readonly url: string;
  /** Where its keys are told of, when not below `url`. */
  readonly discoveryUrl?: string;
  /** PEM. */
  readonly authorities?: string;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly required: Readonly<Record<string, string>>;
  readonly claimRules: readonly Rule[];
  readonly userRules: readonly Rule[];
  readonly username: Mapping;
  readonly groups: Mapping;
  readonly uid: Mapping;
  readonly extra: readonly { readonly key: string; readonly program: Program }[];
};

export const allAlgorithms = Object.freeze([
  "RS256",
  "RS384",
  "RS512",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
]);

const mappingFields = fields({ claim: text, prefix: optional(text), expression: text });
const issuerFields = fields({
  url: text,
  discoveryURL: text,
  certificateAuthority: text,
  audiences: list(text),
  audienceMatchPolicy: text,
  egressSelectorType: text,
});
const jwtFields = fields({
  issuer: issuerFields,
  claimValidationRules: list(
    fields({ claim: text, requiredValue: text, expression: text, message: text }),
  ),
  claimMappings: fields({
    username: mappingFields,
    groups: mappingFields,
    uid: fields({ claim: text, expression: text }),
    extra: list(fields({ key: text, valueExpression: text })),
  }),
  userValidationRules: list(fields({ expression: text, message: text })),
});
const body = fields({
  jwt: list(jwtFields),
  anonymous: optional(fields({ enabled: flag, conditions: list(fields({ path: text })) })),
});

type Jwt = ReturnType<typeof jwtFields>;

const shape: FileShape<ReturnType<typeof body>> = {
  group: "apiserver.config.k8s.io",
  versions: ["v1", "v1beta1", "v1alpha1"],
  kind: "AuthenticationConfiguration",
  body,
};

/** `ownIssuers`: those of service accounts, which no one else may be. Throws a ConfigError. */
export function readAuthentication(
  file: ConfigFile,
  ownIssuers: readonly string[],
): AuthenticationPlan {
  const issuers: IssuerPlan[] = [];
  const check = (config: ReturnType<typeof body>, problems: Problem[]): void => {
    const { jwt, anonymous } = config;
    if (jwt.length > issuersMax) {
      const reason = `Too many: ${jwt.length}: must have at most ${issuersMax} items`;
      problems.push({ field: "jwt", reason });
      return;
    }
    issuers.push(...jwt.map((one, index) => planOf(one, `jwt[${index}]`, ownIssuers, problems)));
    for (const key of ["url", "discoveryURL"] as const)
      noteRepeats(
        jwt.map((one) => one.issuer[key]),
        (index) => `jwt[${index}].issuer.${key}`,
        problems,
      );
    if (anonymous !== undefined && !anonymous.enabled && anonymous.conditions.length > 0) {
      const reason = "Invalid value: enabled should be set to true when conditions are defined";
      problems.push({ field: "anonymous.conditions", reason });
    }
  };
  const { anonymous } = readConfig(file, { ...shape, check });
  if (anonymous === undefined) return { issuers };
  const paths = new Set(anonymous.conditions.map((condition) => condition.path));
  return {
    issuers,
    anonymous: (path) => anonymous.enabled && (paths.size === 0 || paths.has(path)),
  };
}

const issuersMax = 64;

function noteRepeats(
  values: readonly string[],
  fieldOf: (index: number) => string,
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    if (value !== "" && seen.has(value))
      problems.push({ field: fieldOf(index), reason: `Duplicate value: ${JSON.stringify(value)}` });
    seen.add(value);
  }
}

const claims: Readonly<Record<string, undefined>> = { claims: undefined };
const texts: JSONSchemaProps = { type: "array", items: { type: "string" } };
const user: Readonly<Record<string, JSONSchemaProps>> = {
  user: {
    type: "object",
    properties: {
      username: { type: "string" },
      uid: { type: "string" },
      groups: texts,
      extra: { type: "object", additionalProperties: texts },
    },
  },
};

function planOf(
  { issuer, claimValidationRules, claimMappings, userValidationRules }: Jwt,
  at: string,
  ownIssuers: readonly string[],
  problems: Problem[],
): IssuerPlan {
  checkIssuer(issuer, `${at}.issuer`, ownIssuers, problems);
  const mappings = `${at}.claimMappings`;
  const { username, groups, uid, extra } = claimMappings;
  const plan: IssuerPlan = {
    url: issuer.url,
    ...(issuer.discoveryURL === "" ? {} : { discoveryUrl: issuer.discoveryURL }),
    ...(issuer.certificateAuthority === "" ? {} : { authorities: issuer.certificateAuthority }),
    audiences: issuer.audiences,
    algorithms: allAlgorithms,
    ...claimRulesOf(claimValidationRules, `${at}.claimValidationRules`, problems),
    userRules: userRulesOf(userValidationRules, `${at}.userValidationRules`, problems),
    username: mappingOf(username, `${mappings}.username`, problems, true),
    groups: mappingOf(groups, `${mappings}.groups`, problems, false),
    uid: mappingOf({ ...uid, prefix: undefined }, `${mappings}.uid`, problems, false, false),
    extra: extraOf(extra, `${mappings}.extra`, problems),
  };
  checkEmail(plan, username.expression, `${mappings}.username.expression`, problems);
  return plan;
}

function checkIssuer(
  issuer: Jwt["issuer"],
  at: string,
  ownIssuers: readonly string[],
  problems: Problem[],
): void {
  const note = (field: string, reason: string): void =>
    void problems.push({ field: `${at}.${field}`, reason });
  const { url, discoveryURL, audiences, audienceMatchPolicy: policy } = issuer;
  if (url === "") note("url", "Required value");
  else {
    if (ownIssuers.includes(url))
      note("url", `Invalid value: URL must not overlap with disallowed issuers: [${ownIssuers}]`);
    for (const problem of urlProblems(url)) note("url", problem);
  }
  if (discoveryURL !== "") {
    if (discoveryURL.replace(/\/+$/, "") === url.replace(/\/+$/, ""))
      note("discoveryURL", "Invalid value: discoveryURL must be different from URL");
    for (const problem of urlProblems(discoveryURL)) note("discoveryURL", problem);
  }
  if (audiences.length === 0)
    note("audiences", `Required value: at least one ${at}.audiences is required`);
  for (const [index, audience] of audiences.entries())
    if (audience === "") note(`audiences[${index}]`, "Required value");
  noteRepeats(audiences, (index) => `${at}.audiences[${index}]`, problems);
  if (audiences.length > 1 && policy !== "MatchAny")
    note("audienceMatchPolicy", `Invalid value: ${JSON.stringify(policy)}: ${manyAudiences}`);
  if (audiences.length === 1 && policy !== "" && policy !== "MatchAny")
    note("audienceMatchPolicy", `Invalid value: ${JSON.stringify(policy)}: ${oneAudience}`);
  if (
    issuer.certificateAuthority !== "" &&
    certificatesIn(issuer.certificateAuthority).length === 0
  )
    note("certificateAuthority", "Invalid value: <omitted>: holds no certificate in PEM form");
  if (issuer.egressSelectorType !== "")
    note("egressSelectorType", "Invalid value: this server has no egress selectors");
}

const manyAudiences = "audienceMatchPolicy must be MatchAny for multiple audiences";
const oneAudience = "audienceMatchPolicy must be empty or MatchAny for single audience";

function urlProblems(text: string): string[] {
  const told = (why: string): string => `Invalid value: ${JSON.stringify(text)}: ${why}`;
  if (!URL.canParse(text)) return [told("this is no URL")];
  const url = new URL(text);
  return [
    ...(url.protocol === "https:" ? [] : [told("URL scheme must be https")]),
    ...(url.username + url.password === ""
      ? []
      : [told("URL must not contain a username or password")]),
    ...(url.search === "" ? [] : [told("URL must not contain a query")]),
    ...(url.hash === "" ? [] : [told("URL must not contain a fragment")]),
  ];
}

const both = "claim and expression can't both be set";

function claimRulesOf(
  rules: Jwt["claimValidationRules"],
  at: string,
  problems: Problem[],
): Pick<IssuerPlan, "claimRules" | "required"> {
  const required: Record<string, string> = Object.create(null);
  const claimRules: Rule[] = [];
  for (const [index, { claim, requiredValue, expression, message }] of rules.entries()) {
    const field = `${at}[${index}]`;
    const note = (reason: string, inside = ""): void =>
      void problems.push({ field: field + inside, reason });
    if (claim !== "" && expression !== "") note(`Invalid value: ${JSON.stringify(claim)}: ${both}`);
    else if (claim !== "") {
      if (message !== "") note("Invalid value: may not be specified when claim is set", ".message");
      if (claim in required) note(`Duplicate value: ${JSON.stringify(claim)}`, ".claim");
      required[claim] = requiredValue;
    } else if (expression === "") note("Required value: claim or expression is required");
    else {
      if (requiredValue !== "")
        note("Invalid value: may not be specified when expression is set", ".requiredValue");
      const program = readExpression(expression, claims, `${field}.expression`, problems);
      if (program !== undefined) claimRules.push({ program, expression, message });
    }
  }
  noteRepeats(
    rules.map((rule) => rule.expression),
    (index) => `${at}[${index}].expression`,
    problems,
  );
  return { required, claimRules };
}

function userRulesOf(
  rules: Jwt["userValidationRules"],
  at: string,
  problems: Problem[],
): readonly Rule[] {
  noteRepeats(
    rules.map((rule) => rule.expression),
    (index) => `${at}[${index}].expression`,
    problems,
  );
  return rules.flatMap(({ expression, message }, index) => {
    const field = `${at}[${index}].expression`;
    if (expression === "") problems.push({ field, reason: "Required value" });
    if (expression === "") return [];
    const program = readExpression(expression, user, field, problems);
    return program === undefined ? [] : [{ program, expression, message }];
  });
}

function mappingOf(
  given: { claim: string; prefix: string | undefined; expression: string },
  at: string,
  problems: Problem[],
  needed: boolean,
  prefixed = true,
): Mapping {
  const { claim, prefix, expression } = given;
  const note = (field: string, reason: string): void => void problems.push({ field, reason });
  if (claim !== "" && expression !== "") note(at, `Invalid value: "": ${both}`);
  else if (claim !== "") {
    if (prefixed && prefix === undefined) note(`${at}.prefix`, prefixNeeded);
    return { is: "claim", claim, prefix: prefix ?? "" };
  } else if (expression !== "") {
    if (prefix !== undefined)
      note(`${at}.prefix`, "Invalid value: may not be specified when expression is set");
    const program = readExpression(expression, claims, `${at}.expression`, problems);
    if (program !== undefined) return { is: "expression", program };
  } else if (needed) note(at, "Required value: claim or expression is required");
  return { is: "none" };
}

const prefixNeeded =
  "Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing";

function extraOf(
  mappings: Jwt["claimMappings"]["extra"],
  at: string,
  problems: Problem[],
): IssuerPlan["extra"] {
  noteRepeats(
    mappings.map((mapping) => mapping.key),
    (index) => `${at}[${index}].key`,
    problems,
  );
  return mappings.flatMap(({ key, valueExpression }, index) => {
    const field = `${at}[${index}]`;
    const why = keyProblem(key);
    if (why !== undefined)
      problems.push({
        field: `${field}.key`,
        reason: `Invalid value: ${JSON.stringify(key)}: ${why}`,
      });
    if (valueExpression === "")
      problems.push({ field: `${field}.valueExpression`, reason: "Required value" });
    if (valueExpression === "") return [];
    const program = readExpression(valueExpression, claims, `${field}.valueExpression`, problems);
    return program === undefined ? [] : [{ key, program }];
  });
}

function keyProblem(key: string): string | undefined {
  const slash = key.indexOf("/");
  if (slash <= 0 || slash === key.length - 1)
    return 'must be a domain-prefixed path (such as "acme.io/foo")';
  if (key !== key.toLowerCase()) return "must be lowercase";
  return /(^|\.)(kubernetes|k8s)\.io$/.test(key.slice(0, slash))
    ? "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"
    : undefined;
}

/** An address that nobody has verified names nobody. */
function checkEmail(
  { username, claimRules, extra }: IssuerPlan,
  expression: string,
  at: string,
  problems: Problem[],
): void {
  if (username.is !== "expression" || !usesClaim(username.program.expression, "email")) return;
  const programs = [username.program, ...claimRules.map((r) => r.program)].concat(
    extra.map((e) => e.program),
  );
  if (programs.some((program) => usesClaim(program.expression, "email_verified"))) return;
  const reason = `Invalid value: ${JSON.stringify(expression)}: ${unverified}`;
  problems.push({ field: at, reason });
}

const unverified =
  "claims.email_verified must be used in claimMappings.username.expression or " +
  "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is " +
  "used in claimMappings.username.expression";

/** Whether `claims.NAME` stands anywhere in it. */
function usesClaim(expression: Expression, name: string): boolean {
  const seen = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(seen);
    if (typeof value !== "object" || value === null) return false;
    const part = value as Record<string, unknown>;
    const of = part["of"] as Record<string, unknown> | undefined;
    const selects = part["is"] === "select" && part["field"] === name;
    if (selects && of?.["is"] === "name" && of["name"] === "claims") return true;
    return Object.values(part).some(seen);
  };
  return seen(expression);
}
