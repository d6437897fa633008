/** A JSON value as Go's `%+v` prints it, in which some of upstream's messages show what they were given. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goText((value as Record<string, unknown>)[key])}`);
  return `map[${fields.join(" ")}]`;
}
