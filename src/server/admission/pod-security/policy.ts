// The policy of a namespace, from its labels.
import { invalidValue, keyed } from "../../../schema/field-error.ts";
import type { Cause } from "../../../schema/status-error.ts";
import type { Level, LevelVersion } from "./levels.ts";

export type Policy = {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
};

type Labels = Readonly<Record<string, string>> | undefined;

const prefix = "pod-security.kubernetes.io/";
const levels: readonly Level[] = ["privileged", "baseline", "restricted"];
const open: LevelVersion = { level: "privileged", version: "latest" };
const nothing: Policy = Object.freeze({ enforce: open, audit: open, warn: open });

/**
 * A level that cannot be read is enforced as the strictest, and neither audited nor warned about. What the labels do
 * not say is as in `defaults`.
 */
export function policyOf(
  labels: Labels,
  defaults: Policy = nothing,
): { policy: Policy; problems: Cause[] } {
  const problems: Cause[] = [];
  const read = (mode: keyof Policy): LevelVersion & { given: boolean; good: boolean } => {
    const text = labels?.[prefix + mode];
    const level = levels.find((l) => l === text);
    if (text !== undefined && level === undefined) {
      problems.push(problem(mode, text, `must be one of ${levels.join(", ")}`));
    }
    const unread = mode === "enforce" ? "restricted" : "privileged";
    return {
      level: level ?? (text === undefined ? defaults[mode].level : unread),
      version: readVersion(labels, mode, problems, defaults[mode].version),
      given: text !== undefined,
      good: level !== undefined,
    };
  };
  const enforce = read("enforce");
  const audit = read("audit");
  const warn = read("warn");
  const follows = !warn.given && enforce.good && rank(enforce) > rank(warn);
  const versioned = labels?.[`${prefix}warn-version`] !== undefined;
  return {
    problems,
    policy: {
      enforce: { level: enforce.level, version: enforce.version },
      audit: { level: audit.level, version: audit.version },
      // Who enforces a level and says nothing of warnings wants to be warned about the same.
      warn: {
        level: follows ? enforce.level : warn.level,
        version: follows && !versioned ? enforce.version : warn.version,
      },
    },
  };
}

function readVersion(
  labels: Labels,
  mode: string,
  problems: Cause[],
  otherwise: LevelVersion["version"],
): LevelVersion["version"] {
  const text = labels?.[`${prefix}${mode}-version`];
  if (text === undefined) return otherwise;
  const version = versionOf(text);
  if (version !== undefined) return version;
  problems.push(problem(`${mode}-version`, text, 'must be "latest" or "v1.x"'));
  return open.version;
}

/** Of `latest` and `v1.28`; undefined for other texts. */
export function versionOf(text: string): LevelVersion["version"] | undefined {
  if (text === "latest") return text;
  const match = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

const problem = (label: string, value: string, rule: string): Cause =>
  invalidValue(keyed("metadata.labels", prefix + label), value, rule);

export const rank = ({ level }: LevelVersion): number => levels.indexOf(level);
