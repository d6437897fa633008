import { StatusError } from "../schema/status-error.ts";

const isRefusal = (error: unknown, code: number): boolean =>
  error instanceof StatusError && error.code === code;

/** For `catch`: undefined when the server says 404, else the error goes on. */
export function undefinedIfNotFound(error: unknown): undefined {
  if (isRefusal(error, 404)) return undefined;
  throw error;
}

export const isNotFound = (error: unknown): boolean => isRefusal(error, 404);
