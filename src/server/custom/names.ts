// Which of the names that a definition asks for it gets, and the conditions that tell so. Pure;
// upstream's rules: who came first keeps a name, and a definition is established once all of its
// names are its own.
import { equal } from "../../lib/equal.ts";
import type {
  CustomResourceDefinitionCondition as Condition,
  CustomResourceDefinition,
  CustomResourceDefinitionNames as Names,
  CustomResourceDefinitionStatus as Status,
} from "../../schema/types/apiextensions-v1.ts";

/** What others need to know of a definition. */
export type Claim = Pick<CustomResourceDefinition, "metadata" | "status">;

/**
 * The status that `definition` is to have. `others`: definitions of the same group. `time` as the
 * API writes it.
 */
export function establishedStatus(
  definition: CustomResourceDefinition,
  others: readonly Claim[],
  time: string,
): Status {
  const { acceptedNames, conflict } = acceptedOf(definition, others);
  const accepted: Condition = conflict
    ? { type: "NamesAccepted", status: "False", ...conflict }
    : {
        type: "NamesAccepted",
        status: "True",
        reason: "NoConflicts",
        message: "no conflicts found",
      };
  const status: Status = { ...definition.status!, acceptedNames };
  const named = withCondition(status, accepted, time);
  const before = conditionOf(definition, "Established");
  if (before?.status === "True") return named;
  const established: Condition = conflict
    ? {
        type: "Established",
        status: "False",
        reason: "NotAccepted",
        message: "not all names are accepted",
      }
    : {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      };
  return withCondition(named, established, time);
}

export const conditionOf = (
  { status }: Pick<CustomResourceDefinition, "status">,
  type: string,
): Condition | undefined => status?.conditions?.find((one) => one.type === type);

export const isTrue = (
  definition: Pick<CustomResourceDefinition, "status">,
  type: string,
): boolean => conditionOf(definition, type)?.status === "True";

/** The time of a condition is that of its last change of status. */
export function withCondition(status: Status, condition: Condition, time: string): Status {
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
  const next = { ...condition, lastTransitionTime };
  return {
    ...status,
    conditions:
      before === undefined
        ? [...conditions, next]
        : conditions.map((one) => (one === before ? next : one)),
  };
}

type Conflict = { readonly reason: string; readonly message: string };

/** Of several conflicts the last one is told. */
function acceptedOf(
  { spec, status, metadata }: CustomResourceDefinition,
  others: readonly Claim[],
): { acceptedNames: Names; conflict: Conflict | undefined } {
  const taken = namesTaken(others.filter((one) => one.metadata.name !== metadata.name));
  const wished = spec.names;
  const before: Names = status?.acceptedNames ?? { plural: "", kind: "" };
  const acceptedNames: Names = { ...before };
  let conflict: Conflict | undefined;
  const claim = (field: "plural" | "singular" | "kind" | "listKind", used: Set<string>): void => {
    const name = wished[field] ?? "";
    if (name !== (before[field] ?? "") && used.has(name)) {
      const reason = `${field.charAt(0).toUpperCase()}${field.slice(1)}Conflict`;
      conflict = { reason, message: inUse(name) };
    } else acceptedNames[field] = name;
  };
  claim("plural", taken.resources);
  claim("singular", taken.resources);
  if (!equal(wished.shortNames ?? [], before.shortNames ?? [])) {
    const lost = (wished.shortNames ?? []).filter(
      (name) => !before.shortNames?.includes(name) && taken.resources.has(name),
    );
    if (lost.length > 0) conflict = { reason: "ShortNamesConflict", message: allInUse(lost) };
    else if (wished.shortNames) acceptedNames.shortNames = wished.shortNames;
    else delete acceptedNames.shortNames;
  }
  claim("kind", taken.kinds);
  claim("listKind", taken.kinds);
  if (wished.categories) acceptedNames.categories = wished.categories;
  else delete acceptedNames.categories;
  return { acceptedNames, conflict };
}

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;

const allInUse = (names: readonly string[]): string =>
  names.length === 1 ? inUse(names[0]!) : `[${names.map(inUse).join(", ")}]`;

function namesTaken(definitions: readonly Claim[]) {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of definitions) {
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}
