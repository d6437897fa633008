/**
 * Orders two resource versions of one kind: negative when `a` is older. They are whole numbers without
 * leading zeros, possibly beyond 2^53; "" and "0" are older than any.
 */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const x = a ?? "";
  const y = b ?? "";
  if (x.length !== y.length) return x.length - y.length;
  return x < y ? -1 : x > y ? 1 : 0;
}
