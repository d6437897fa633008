/** Wall time in ms as the API writes it: whole seconds of UTC. */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** As the API writes times with microseconds. */
export const microTimestamp = (ms: number): string =>
  new Date(ms).toISOString().replace("Z", "000Z");

/** Wall time in ms of a time of the API; undefined when it is absent. */
export const msOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time);

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
