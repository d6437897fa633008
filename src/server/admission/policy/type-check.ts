// Whether the expressions of a policy fit the types of what it is about. Nothing is refused for it: its status tells.
import { admissionEnvironment } from "../../../schema/admission-environment.ts";
import { type CelType, dyn, type StructType, struct } from "../../../schema/cel/cel-type.ts";
import { CelError, CelSyntaxError, placedProblems } from "../../../schema/cel/error.ts";
import { compileExpression } from "../../../schema/cel/evaluate.ts";
import { shapeOf } from "../../../schema/facts.ts";
import type { Kind } from "../../../schema/kind.ts";
import { apiVersionOf } from "../../../schema/resource.ts";
import { typeOfShape } from "../../../schema/shape-types.ts";
import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
} from "../../../schema/types/admissionregistration-v1.ts";
import type { Kinds } from "../../context.ts";

/** Kinds that one policy is checked against, as upstream. */
const kindsMax = 10;

export function typeWarnings(
  kinds: Kinds,
  { spec }: ValidatingAdmissionPolicy,
): ExpressionWarning[] {
  const about = kindsOf(kinds, spec.matchConstraints?.resourceRules ?? []);
  const { paramKind, validations = [], variables = [] } = spec;
  const param = kinds
    .all()
    .find(
      ({ resource }) =>
        resource.kind === paramKind?.kind && apiVersionOf(resource) === paramKind.apiVersion,
    );
  const warningOf = (source: string): string =>
    about
      .flatMap((kind) => {
        const problem = problemOf(source, {
          params: paramKind !== undefined,
          types: { object: typeOfKind(kind), params: param && typeOfKind(param) },
          variables: variables.map(({ name, expression }) => [name, expression] as const),
        });
        const { resource } = kind;
        return problem === undefined
          ? []
          : [`${resource.group}/${resource.version}, Kind=${resource.kind}: ${problem}\n`];
      })
      .join("\n");
  return validations.flatMap(({ expression, messageExpression }, i) =>
    (
      [
        ["expression", expression],
        ["messageExpression", messageExpression ?? ""],
      ] as const
    ).flatMap(([field, source]) => {
      const warning = source === "" ? "" : warningOf(source);
      return warning === "" ? [] : [{ fieldRef: `spec.validations[${i}].${field}`, warning }];
    }),
  );
}

/** What the rules name without wildcards; subresources have other types. */
function kindsOf(kinds: Kinds, rules: readonly NamedRuleWithOperations[]): readonly Kind[] {
  const found = new Set<Kind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes("*"))) continue;
    const plain = resources.filter((name) => !/[*/]/.test(name));
    for (const group of apiGroups.toSorted())
      for (const version of apiVersions.toSorted())
        for (const plural of plain.toSorted()) {
          const kind = kinds.find(group, version, plural);
          if (kind !== undefined && found.size < kindsMax) found.add(kind);
        }
  }
  return [...found].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ resource: { group, version, kind } }: Kind): string =>
  `${group}\0${version}\0${kind}`;

type Given = {
  readonly params: boolean;
  readonly types: { readonly object: CelType; readonly params: CelType | undefined };
  readonly variables: readonly (readonly [string, string])[];
};

function problemOf(source: string, { params, types, variables }: Given): string | undefined {
  const declared = { params, authorizer: true, types };
  const known = new Map<string, CelType>();
  for (const [name, expression] of variables) {
    const before = admissionEnvironment({ ...declared, variables: new Map(known) });
    const outcome = compiled(expression, before);
    known.set(name, "type" in outcome ? outcome.type : dyn);
  }
  const environment = admissionEnvironment({
    ...declared,
    variables: variables.length === 0 ? undefined : known,
  });
  const outcome = compiled(source, environment);
  return "problem" in outcome ? outcome.problem : undefined;
}

function compiled(
  source: string,
  environment: ReturnType<typeof admissionEnvironment>,
): { readonly type: CelType } | { readonly problem: string } {
  try {
    return { type: compileExpression(source, environment).type };
  } catch (error) {
    if (error instanceof CelSyntaxError) return { problem: placedProblems(source, error.problems) };
    if (error instanceof CelError) return { problem: error.message };
    throw error;
  }
}

const types = new WeakMap<Kind, CelType>();

/** With what every object has, also where a custom resource's schema does not say so. */
function typeOfKind(kind: Kind): CelType {
  let type = types.get(kind);
  if (type === undefined) {
    const own = typeOfShape(kind.shape());
    type = own.is === "struct" && kind.resource.type === "" ? withHead(own) : own;
    types.set(kind, type);
  }
  return type;
}

function withHead(own: StructType): CelType {
  const text: CelType = { is: "string" };
  const metadata = typeOfShape(shapeOf("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));
  const head: Readonly<Record<string, CelType>> = { apiVersion: text, kind: text, metadata };
  return struct(own.name, (name) => (Object.hasOwn(head, name) ? head[name] : own.field(name)));
}
