// Reads configuration files strictly: what a file may hold is described by readers, and everything else is a problem
// with its place.
//
//   const policy = fields({ omitStages: list(text), rules: list(rule) })
//   policy({ omitStage: [] }, "", problems)        problems: [{ field: "omitStage", reason: "unknown field" }]
import { durationMs } from "../../schema/duration.ts";
import { parseYaml } from "../yaml.ts";
import { isRecord } from "./record.ts";

export type Problem = { readonly field: string; readonly reason: string };

/** Gives the value at `field`, or notes what is wrong with it; a value that is wrong may then be anything. */
export type Reader<T> = (value: unknown, field: string, problems: Problem[]) => T;

/** A configuration that cannot be used. The message names the file, each field and the reason. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[], cause?: unknown) {
    const shown = problems.map((p) => (p.field === "" ? p.reason : `${p.field}: ${p.reason}`));
    super(`${file}: ${shown.join("; ")}`, cause === undefined ? undefined : { cause });
    this.name = "ConfigError";
    this.file = file;
    this.problems = problems;
  }
}

/** Reads a file that another one names at `field`; its ConfigError then names both. */
export function named<T>(path: string, field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(path, [{ field, reason: error.message }], error);
  }
}

/** What a configuration file is: the versions that are read, and what the rest of it holds. */
export type FileShape<T> = {
  readonly group: string;
  readonly versions: readonly string[];
  readonly kind: string;
  readonly body: Reader<T>;
  /** Rules beyond the shape; only asked when that holds. */
  readonly check?: (config: T, problems: Problem[]) => void;
};

export type ConfigFile = { readonly path: string; readonly bytes: Uint8Array };

/** Throws a ConfigError. */
export function readConfig<T>({ path, bytes }: ConfigFile, shape: FileShape<T>): T {
  const problems: Problem[] = [];
  const document = readYaml(path, bytes);
  const rest = withoutType(document, shape, problems);
  if (problems.length > 0) throw new ConfigError(path, problems);
  const config = shape.body(rest, "", problems);
  if (problems.length === 0) shape.check?.(config, problems);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return config;
}

/** The value of a file as it stands. Throws a ConfigError for what is no YAML. */
export const readValue = ({ path, bytes }: ConfigFile): unknown => readYaml(path, bytes);

/** A file without rules about its version, such as a kubeconfig. Throws a ConfigError. */
export function readBody<T>({ path, bytes }: ConfigFile, body: Reader<T>): T {
  const problems: Problem[] = [];
  const config = body(readYaml(path, bytes), "", problems);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return config;
}

function readYaml(path: string, bytes: Uint8Array): unknown {
  try {
    const { value, duplicates } = parseYaml(bytes);
    if (duplicates.length === 0) return value;
    throw new ConfigError(
      path,
      duplicates.map((reason) => ({ field: "", reason })),
    );
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(path, [{ field: "", reason: `is not YAML: ${reason}` }], error);
  }
}

function withoutType(
  document: unknown,
  { group, versions, kind }: Pick<FileShape<unknown>, "group" | "versions" | "kind">,
  problems: Problem[],
): unknown {
  if (!isRecord(document)) {
    problems.push({ field: "", reason: `holds no ${kind}` });
    return document;
  }
  const { apiVersion, kind: found, ...rest } = document;
  const known = versions.map((version) => `${group}/${version}`);
  if (!known.includes(String(apiVersion ?? ""))) {
    const reason = `${shown(apiVersion)} is not supported, use ${known.join(" or ")}`;
    problems.push({ field: "apiVersion", reason });
  }
  if (found !== kind)
    problems.push({ field: "kind", reason: `${shown(found)} is not supported, use ${kind}` });
  return rest;
}

const shown = (value: unknown): string =>
  value === undefined ? "an absent value" : JSON.stringify(value);

function scalar<T>(type: string, is: (value: unknown) => value is T, otherwise: T): Reader<T> {
  return (value, field, problems) => {
    if (value === undefined || value === null) return otherwise;
    if (is(value)) return value;
    problems.push({ field, reason: `${shown(value)} is not a ${type}` });
    return otherwise;
  };
}

/** Absent values are "", false and 0, as upstream's are. */
export const text = scalar("text", (v): v is string => typeof v === "string", "");
export const flag = scalar("truth value", (v): v is boolean => typeof v === "boolean", false);
export const whole = scalar("whole number", (v): v is number => Number.isSafeInteger(v), 0);

/** ms of a text such as `30s`; 0 when absent. */
export const duration: Reader<number> = (value, field, problems) => {
  const given = text(value, field, problems);
  if (given === "") return 0;
  const ms = durationMs(given);
  if (ms !== undefined) return ms;
  problems.push({ field, reason: `${shown(given)} is not a duration such as 30s` });
  return 0;
};

/** Undefined when absent. */
export const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, field, problems) =>
    value === undefined || value === null ? undefined : reader(value, field, problems);

/** Empty when absent. */
export const list =
  <T>(reader: Reader<T>): Reader<readonly T[]> =>
  (value, field, problems) => {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) {
      return value.map((item, index) => reader(item, `${field}[${index}]`, problems));
    }
    problems.push({ field, reason: `${shown(value)} is not a list` });
    return [];
  };

/** Anything; somebody else reads it. */
export const anything: Reader<unknown> = (value) => value;

/** Any keys, each with such a value; empty when absent. */
export const mapOf =
  <T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> =>
  (value, field, problems) => {
    if (value === undefined || value === null) return {};
    if (!isRecord(value)) {
      problems.push({ field, reason: `${shown(value)} is not an object` });
      return {};
    }
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, reader(item, `${field}[${key}]`, problems)]),
    );
  };

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Read<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]> };

/** An object with these fields and no others. */
export function fields<F extends Fields>(known: F): Reader<Read<F>> {
  return (value, field, problems) => {
    const given = isRecord(value) ? value : {};
    if (value !== undefined && value !== null && !isRecord(value))
      problems.push({ field, reason: `${shown(value)} is not an object` });
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(known, name))
        problems.push({ field: inside(field, name), reason: "unknown field" });
    }
    const read: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(known))
      read[name] = reader(given[name], inside(field, name), problems);
    return read as Read<F>;
  };
}

const inside = (field: string, name: string): string => (field === "" ? name : `${field}.${name}`);
