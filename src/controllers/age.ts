/** Orders objects from old to new, equal ones by name. */
export function byAge<T extends { metadata: { creationTimestamp?: string; name?: string } }>(
  a: T,
  b: T,
): number {
  const x = a.metadata.creationTimestamp ?? "";
  const y = b.metadata.creationTimestamp ?? "";
  if (x !== y) return x < y ? -1 : 1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}
