// Role-based access control. Bindings are indexed by subject, so that a decision looks only at those of the asker;
// answers are remembered for each asker until any role or binding changes.
//
//   RoleBinding dev/readers: Group "devs" → ClusterRole view      gives, in the index of namespace dev:
//   "g:devs" → [{ binding, subject 0 }]
import type { Identity } from "../../schema/api-request.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from "../../schema/types/rbac-v1.ts";
import type { Attributes, Authorizer, Decision, View } from "../context.ts";
import { nameMatches, ruleReaches } from "./rbac-rule.ts";

export type RbacViews = {
  readonly roles: View<Role>;
  readonly clusterRoles: View<ClusterRole>;
  readonly roleBindings: View<RoleBinding>;
  readonly clusterRoleBindings: View<ClusterRoleBinding>;
};

/** A rule that an asker has, with the binding that gives it in the words of upstream's reason. */
export type Granted = { readonly rule: PolicyRule; readonly source: () => string };

/** Rules of one asker; `problems` names roles that are bound and do not exist. */
export type Grants = { readonly granted: readonly Granted[]; readonly problems: readonly string[] };

export type Rbac = {
  readonly authorize: Authorizer;
  /** Every rule that applies in the namespace ("": only those of the whole cluster). */
  grantsOf(identity: Identity, namespace: string): Grants;
  /** The rules of a role; a text when there is none. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | string;
};

export function rbac(views: RbacViews): Rbac {
  const bindings = new BindingIndex();
  const answers = new AnswerCache();
  follow(views.clusterRoleBindings, (namespace, name, binding) =>
    bindings.set(namespace, name, binding),
  );
  follow(views.roleBindings, (namespace, name, binding) => bindings.set(namespace, name, binding));
  for (const view of Object.values(views)) view.onChange(() => answers.clear());

  const rulesOf = (ref: RoleRef, namespace: string): readonly PolicyRule[] | string =>
    rulesOfRole(views, ref, namespace);
  const grantsOf = (identity: Identity, namespace: string): Grants =>
    collect(bindings.of(identity, namespace), rulesOf);

  return {
    rulesOf,
    grantsOf,
    authorize(identity, asked) {
      const known = answers.of(identity);
      const key = keyOf(asked);
      let answer = known.get(key);
      if (answer === undefined) {
        answer = answerFor(grantsOf(identity, asked.isResource ? asked.namespace : ""), asked);
        remember(known, key, answer);
      }
      return answer.find((a) => a.rule === undefined || nameMatches(a.rule, asked.name))!.decision;
    },
  };
}

/**
 * The answer to a question for every name at once: rules that reach it, up to the first that is not
 * bound to names, or the refusal. So a thousand names are one entry.
 */
type Answer = readonly {
  readonly rule: PolicyRule | undefined;
  readonly decision: Decision;
}[];

function answerFor({ granted, problems }: Grants, asked: Attributes): Answer {
  const answer: { rule: PolicyRule | undefined; decision: Decision }[] = [];
  for (const { rule, source } of granted) {
    if (!ruleReaches(rule, asked)) continue;
    const decision: Decision = { says: "allow", reason: `RBAC: allowed by ${source()}` };
    const named = asked.isResource && (rule.resourceNames?.length ?? 0) > 0;
    answer.push({ rule: named ? rule : undefined, decision });
    if (!named) return answer;
  }
  const reason = problems.length === 0 ? "" : `RBAC: ${aggregate(problems)}`;
  answer.push({ rule: undefined, decision: { says: "no opinion", reason } });
  return answer;
}

const keyOf = (a: Attributes): string =>
  a.isResource
    ? `${a.verb} ${a.group}/${a.plural}/${a.subresource} ${a.namespace}`
    : `${a.verb} ${a.path}`;

/** Several errors in one text, as Go's aggregate prints them. */
function aggregate(problems: readonly string[]): string {
  const texts = [...new Set(problems)];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

function collect(bound: readonly Bound[], rulesOf: Rbac["rulesOf"]): Grants {
  const granted: Granted[] = [];
  const problems: string[] = [];
  for (const { binding, subject } of bound) {
    const rules = rulesOf(binding.roleRef, binding.metadata.namespace ?? "");
    if (typeof rules === "string") problems.push(rules);
    else
      for (const rule of rules) granted.push({ rule, source: () => described(binding, subject) });
  }
  return { granted, problems };
}

function rulesOfRole(
  views: RbacViews,
  ref: RoleRef,
  namespace: string,
): readonly PolicyRule[] | string {
  switch (ref.kind) {
    case "ClusterRole": {
      const role = views.clusterRoles.get("", ref.name);
      if (role !== undefined) return role.rules ?? [];
      return `clusterrole.rbac.authorization.k8s.io "${ref.name}" not found`;
    }
    case "Role": {
      const role = views.roles.get(namespace, ref.name);
      if (role !== undefined) return role.rules ?? [];
      return `role.rbac.authorization.k8s.io "${ref.name}" not found`;
    }
    default:
      return `unsupported role reference kind: "${ref.kind}"`;
  }
}

type Binding = RoleBinding | ClusterRoleBinding;
type Bound = { readonly binding: Binding; readonly index: number; readonly subject: Subject };

function described({ metadata, roleRef }: Binding, subject: Subject): string {
  const namespace = metadata.namespace ?? "";
  const account = subject.kind === "ServiceAccount";
  const who = account ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  const what =
    namespace === ""
      ? `ClusterRoleBinding "${metadata.name}"`
      : `RoleBinding "${metadata.name}/${namespace}"`;
  return `${what} of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${who}"`;
}

/** Bindings by namespace ("" holds the cluster's) and by who they are for. */
class BindingIndex {
  readonly #bySubject = new Map<string, Map<string, Bound[]>>();
  readonly #known = new Map<string, Binding>();

  set(namespace: string, name: string, binding: Binding | undefined): void {
    const key = `${namespace}/${name}`;
    const old = this.#known.get(key);
    if (old !== undefined) this.#remove(namespace, old);
    if (binding === undefined) {
      this.#known.delete(key);
      return;
    }
    this.#known.set(key, binding);
    const index = this.#in(namespace);
    binding.subjects?.forEach((subject, position) => {
      const subjectKey = keyOfSubject(subject, namespace);
      if (subjectKey === undefined) return;
      const list = index.get(subjectKey);
      const bound = { binding, index: position, subject };
      if (list === undefined) index.set(subjectKey, [bound]);
      else list.push(bound);
    });
  }

  /** Those of the cluster, then those of the namespace, each by name and with its first subject that fits. */
  of(identity: Identity, namespace: string): Bound[] {
    const keys = [`u:${identity.user}`, ...identity.groups.map((g) => `g:${g}`)];
    const cluster = this.#matching(keys, "");
    return namespace === "" ? cluster : [...cluster, ...this.#matching(keys, namespace)];
  }

  #matching(keys: readonly string[], namespace: string): Bound[] {
    const index = this.#bySubject.get(namespace);
    if (index === undefined) return [];
    const first = new Map<Binding, Bound>();
    for (const key of keys) {
      for (const bound of index.get(key) ?? []) {
        const other = first.get(bound.binding);
        if (other === undefined || bound.index < other.index) first.set(bound.binding, bound);
      }
    }
    const nameOf = (b: Bound): string => b.binding.metadata.name ?? "";
    return [...first.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  #in(namespace: string): Map<string, Bound[]> {
    const index = this.#bySubject.get(namespace) ?? new Map<string, Bound[]>();
    this.#bySubject.set(namespace, index);
    return index;
  }

  #remove(namespace: string, binding: Binding): void {
    const index = this.#in(namespace);
    for (const subject of binding.subjects ?? []) {
      const key = keyOfSubject(subject, namespace);
      if (key === undefined) continue;
      const rest = (index.get(key) ?? []).filter((b) => b.binding !== binding);
      if (rest.length === 0) index.delete(key);
      else index.set(key, rest);
    }
    if (index.size === 0) this.#bySubject.delete(namespace);
  }
}

/** A service account is the user of that name; without a namespace it is the binding's. */
function keyOfSubject(subject: Subject, namespace: string): string | undefined {
  switch (subject.kind) {
    case "User":
      return `u:${subject.name}`;
    case "Group":
      return `g:${subject.name}`;
    case "ServiceAccount": {
      const home = subject.namespace || namespace;
      return home === "" ? undefined : `u:system:serviceaccount:${home}:${subject.name}`;
    }
    default:
      return undefined;
  }
}

/** Askers whose answers are remembered; more than the users of a busy cluster. */
const askersMax = 4096;
/** Answers remembered for one asker: kinds times verbs times the namespaces that he works in. */
const answersMax = 2048;

type Known = Map<string, Answer>;

class AnswerCache {
  #byIdentity = new WeakMap<Identity, Known>();
  readonly #byName = new Map<string, Known>();

  /** The same object finds its answers without a look at its names. */
  of(identity: Identity): Known {
    let known = this.#byIdentity.get(identity);
    if (known !== undefined) return known;
    const key = JSON.stringify([identity.user, identity.groups]);
    known = this.#byName.get(key) ?? new Map();
    remember(this.#byName, key, known, askersMax);
    this.#byIdentity.set(identity, known);
    return known;
  }

  clear(): void {
    this.#byIdentity = new WeakMap();
    this.#byName.clear();
  }
}

/** Adds to a bounded map: the entry that was added first gives way. */
function remember<V>(map: Map<string, V>, key: string, value: V, max = answersMax): void {
  if (map.size >= max && !map.has(key)) map.delete(map.keys().next().value!);
  map.set(key, value);
}

function follow<T extends Binding>(
  view: View<T>,
  set: (namespace: string, name: string, object: T | undefined) => void,
): void {
  for (const object of view.list()) {
    set(object.metadata.namespace ?? "", object.metadata.name ?? "", object);
  }
  view.onChange(set);
}
