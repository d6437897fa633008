/** An expression that fails on the values it was given. Worded as upstream's. */
export class CelError extends Error {
  override name = "CelError";
}
