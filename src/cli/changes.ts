// What changed between two versions of an object, a line for each field.

/** Noise: who owns which field, and the number that every write raises. */
const ignored = new Set(["metadata.managedFields", "metadata.resourceVersion"]);

/** `spec.replicas: 1 → 2`, `+ metadata.labels.app: "web"`, `- spec.paused: true`, in the order of the fields. */
export function changesBetween(before: unknown, after: unknown): string[] {
  return compare(before, after, "");
}

function compare(before: unknown, after: unknown, path: string): string[] {
  if (ignored.has(path) || before === after) return [];
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      compare(
        (before as Record<string, unknown>)[name],
        (after as Record<string, unknown>)[name],
        Array.isArray(before) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`,
      ),
    );
  }
  const text = (value: unknown): string => JSON.stringify(value);
  if (before === undefined)
    return isTree(after) && !Array.isArray(after) && Object.keys(after).length > 0
      ? compare({}, after, path)
      : [`+ ${path}: ${text(after)}`];
  if (after === undefined) return [`- ${path}: ${text(before)}`];
  return [`  ${path}: ${text(before)} → ${text(after)}`];
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
