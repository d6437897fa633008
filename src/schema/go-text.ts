// How upstream's messages show parsed JSON: values as Go prints them, and the names of their Go
// types.

/** `map[a:1 b:[x y]]`: keys sorted, strings without quotes. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const fields = value as Record<string, unknown>;
  const names = Object.keys(fields).sort();
  return `map[${names.map((name) => `${name}:${goText(fields[name])}`).join(" ")}]`;
}

/** The Go type that a JSON value is read into. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (Array.isArray(value)) return "[]interface {}";
  switch (typeof value) {
    case "object":
      return "map[string]interface {}";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int64" : "float64";
    case "bigint":
      return "int64";
    default:
      return "string";
  }
}
