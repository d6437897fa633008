/**
 * `status` as Go writes it: numbers that are 0, empty texts and empty lists are left out. Fields that the API
 * always writes are to be added afterwards.
 */
export function sparse<T extends object>(status: T): T {
  const kept = Object.entries(status).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(kept) as T;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === 0 ||
  value === "" ||
  value === false ||
  (Array.isArray(value) && value.length === 0);
