// `authorizer.group("apps").resource("deployments").namespace("n").check("create").allowed()`
import { CelError } from "../error.ts";
import { fn, fns, type Overload } from "../function.ts";
import { Opaque } from "../values.ts";

export type Question =
  | { readonly path: string; readonly verb: string; readonly account: Account | undefined }
  | {
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
      readonly fieldSelector: string;
      readonly labelSelector: string;
      readonly verb: string;
      readonly account: Account | undefined;
    };

/** Instead of who asks: a service account. */
export type Account = { readonly namespace: string; readonly name: string };

export type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
};

/** Answers at once. What it throws ends the expression. */
export type Ask = (question: Question) => Decision;

export class Authorizer extends Opaque {
  readonly type = "kubernetes.authorization.Authorizer";
  readonly identity = "";
  readonly ask: Ask;
  readonly account: Account | undefined;
  constructor(ask: Ask, account?: Account) {
    super();
    this.ask = ask;
    this.account = account;
  }
}

class PathCheck extends Opaque {
  readonly type = "kubernetes.authorization.PathCheck";
  readonly identity: string;
  readonly authorizer: Authorizer;
  constructor(authorizer: Authorizer, path: string) {
    super();
    this.authorizer = authorizer;
    this.identity = path;
  }
}

class GroupCheck extends Opaque {
  readonly type = "kubernetes.authorization.GroupCheck";
  readonly identity: string;
  readonly authorizer: Authorizer;
  constructor(authorizer: Authorizer, group: string) {
    super();
    this.authorizer = authorizer;
    this.identity = group;
  }
}

type Asked = Omit<Extract<Question, { group: string }>, "verb" | "account">;

const nothing: Omit<Asked, "group" | "resource"> = {
  subresource: "",
  namespace: "",
  name: "",
  fieldSelector: "",
  labelSelector: "",
};

export class ResourceCheck extends Opaque {
  readonly type = "kubernetes.authorization.ResourceCheck";
  readonly authorizer: Authorizer;
  readonly asked: Asked;
  constructor(authorizer: Authorizer, asked: Partial<Asked> & Pick<Asked, "group" | "resource">) {
    super();
    this.authorizer = authorizer;
    this.asked = { ...nothing, ...asked };
  }
  get identity(): string {
    return JSON.stringify(this.asked);
  }
}

class DecisionValue extends Opaque {
  readonly type = "kubernetes.authorization.Decision";
  readonly decision: Decision;
  constructor(decision: Decision) {
    super();
    this.decision = decision;
  }
  get identity(): string {
    return JSON.stringify(this.decision);
  }
}

const a = "kubernetes.authorization.Authorizer";
const p = "kubernetes.authorization.PathCheck";
const g = "kubernetes.authorization.GroupCheck";
const r = "kubernetes.authorization.ResourceCheck";
const d = "kubernetes.authorization.Decision";

const narrowed = (name: keyof typeof nothing, method: string = name): Overload =>
  fn(
    method,
    `${r}.(string): ${r}`,
    ({ authorizer, asked }: ResourceCheck, value: string) =>
      new ResourceCheck(authorizer, { ...asked, [name]: value }),
  );

const accountName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namespaceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function asAccount({ ask }: Authorizer, namespace: string, name: string): Authorizer {
  if (!accountName.test(name) || name.length > 253)
    throw new CelError("Invalid service account name");
  if (!namespaceName.test(namespace) || namespace.length > 63)
    throw new CelError("Invalid service account namespace");
  return new Authorizer(ask, { namespace, name });
}

export const authorizers: readonly Overload[] = [
  fn("path", `${a}.(string): ${p}`, (authorizer: Authorizer, path: string) => {
    if (path.trim() === "") throw new CelError("path must not be empty");
    return new PathCheck(authorizer, path);
  }),
  fn(
    "group",
    `${a}.(string): ${g}`,
    (authorizer: Authorizer, group: string) => new GroupCheck(authorizer, group),
  ),
  fn("serviceAccount", `${a}.(string, string): ${a}`, asAccount),
  fn(
    "resource",
    `${g}.(string): ${r}`,
    ({ authorizer, identity }: GroupCheck, resource: string) => {
      if (resource.trim() === "") throw new CelError("resource must not be empty");
      return new ResourceCheck(authorizer, { group: identity, resource });
    },
  ),
  narrowed("subresource"),
  narrowed("namespace"),
  narrowed("name"),
  narrowed("fieldSelector"),
  narrowed("labelSelector"),
  fn(
    "check",
    `${p}.(string): ${d}`,
    ({ authorizer, identity: path }: PathCheck, verb: string) =>
      new DecisionValue(authorizer.ask({ path, verb, account: authorizer.account })),
  ),
  fn(
    "check",
    `${r}.(string): ${d}`,
    ({ authorizer, asked }: ResourceCheck, verb: string) =>
      new DecisionValue(authorizer.ask({ ...asked, verb, account: authorizer.account })),
  ),
  fn("errored", `${d}.(): bool`, ({ decision }: DecisionValue) => decision.error !== undefined),
  fn("error", `${d}.(): string`, ({ decision }: DecisionValue) => decision.error ?? ""),
  fn("allowed", `${d}.(): bool`, ({ decision }: DecisionValue) => decision.allowed),
  ...fns("reason", [`${d}.(): string`], ({ decision }: DecisionValue) => decision.reason),
];
