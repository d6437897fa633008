// The AdmissionConfiguration file, and the flags that turn plug-ins on and off.
import { dirname, resolve } from "node:path";
import { checkDnsLabel, checkDnsSubdomain } from "../../schema/names.ts";
import type { Toleration } from "../../schema/types/core-v1.ts";
import { type ReadFile, readKubeconfig } from "../config/kubeconfig.ts";
import { isRecord } from "../config/record.ts";
import {
  anything,
  ConfigError,
  type FileShape,
  fields,
  flag,
  list,
  mapOf,
  named,
  optional,
  type Problem,
  type Reader,
  readConfig,
  readValue,
  text,
  whole,
} from "../config/shape.ts";
import type { EventLimit, LimitType } from "./event-rate-limit.ts";
import type { Level, LevelVersion } from "./pod-security/levels.ts";
import { versionOf } from "./pod-security/policy.ts";
import type { PodSecuritySettings } from "./pod-security/settings.ts";
import type { LimitedResource } from "./quota/limited.ts";
import { type AdmissionSettings, pluginNames } from "./settings.ts";

export type AdmissionFlags = {
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  /** Of the AdmissionConfiguration. */
  readonly path?: string;
};

/** Throws a ConfigError that names the flag or the file. */
export function readAdmission(flags: AdmissionFlags, readFile: ReadFile): AdmissionSettings {
  checkNames("--enable-admission-plugins", flags.enable);
  checkNames("--disable-admission-plugins", flags.disable);
  const both = flags.enable.find((name) => flags.disable.includes(name));
  if (both !== undefined) {
    const reason = `${both} in enable-admission-plugins and disable-admission-plugins overlapped`;
    throw new ConfigError("--enable-admission-plugins", [{ field: "", reason }]);
  }
  const settings: AdmissionSettings = {
    enabled: new Set(flags.enable),
    disabled: new Set(flags.disable),
    ...(flags.path === undefined ? {} : readPlugins(flags.path, readFile)),
  };
  for (const name of flags.enable) {
    const missing = needsSettings(name, settings);
    if (missing)
      throw new ConfigError("--enable-admission-plugins", [{ field: name, reason: missing }]);
  }
  return settings;
}

function checkNames(flagName: string, names: readonly string[]): void {
  const known: readonly string[] = pluginNames;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const reason = `${JSON.stringify(unknown)} is unknown, known are ${known.join(", ")}`;
  throw new ConfigError(flagName, [{ field: "", reason }]);
}

function needsSettings(name: string, settings: AdmissionSettings): string | undefined {
  const needed =
    (name === "EventRateLimit" && settings.eventLimits === undefined) ||
    (name === "ImagePolicyWebhook" && settings.imagePolicy === undefined);
  return needed ? "needs its settings in --admission-control-config-file" : undefined;
}

const body = fields({
  plugins: list(fields({ name: text, path: text, configuration: optional(anything) })),
});

const shape: FileShape<ReturnType<typeof body>> = {
  group: "apiserver.config.k8s.io",
  versions: ["v1", "v1alpha1"],
  kind: "AdmissionConfiguration",
  body,
  check({ plugins }, problems) {
    const seen = new Set<string>();
    for (const [index, { name, path, configuration }] of plugins.entries()) {
      const field = `plugins[${index}]`;
      if (!(pluginNames as readonly string[]).includes(name))
        problems.push({ field: `${field}.name`, reason: `${JSON.stringify(name)} is unknown` });
      if (seen.has(name))
        problems.push({ field: `${field}.name`, reason: `${name} is configured twice` });
      if (path !== "" && configuration !== undefined)
        problems.push({ field, reason: "path and configuration can't both be set" });
      seen.add(name);
    }
  },
};

type Settings = Omit<AdmissionSettings, "enabled" | "disabled">;
type Source = { readonly path: string; readonly field: string; readonly readFile: ReadFile };
type PluginReader = (value: unknown, source: Source) => Settings;

function readPlugins(path: string, readFile: ReadFile): Settings {
  const { plugins } = readConfig({ path, bytes: bytesOf(path, readFile) }, shape);
  const settings: Settings = {};
  for (const [index, plugin] of plugins.entries()) {
    const reader = readers[plugin.name];
    if (reader === undefined) continue;
    const field = `plugins[${index}]`;
    if (plugin.path === "") {
      const inline: Source = { path, field: `${field}.configuration`, readFile };
      Object.assign(settings, reader(plugin.configuration, inline));
      continue;
    }
    const file = resolve(dirname(path), plugin.path);
    const own = named(path, `${field}.path`, () => {
      const value = readValue({ path: file, bytes: bytesOf(file, readFile) });
      return reader(value, { path: file, field: "", readFile });
    });
    Object.assign(settings, own);
  }
  return settings;
}

function bytesOf(path: string, readFile: ReadFile): Uint8Array {
  try {
    return readFile(path);
  } catch (error) {
    const reason = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError(path, [{ field: "", reason }], error);
  }
}

/** A plug-in's own configuration: a kind of its own, or upstream's older bare form. */
function read<T>(
  value: unknown,
  { path, field }: Source,
  reader: Reader<T>,
  type?: { group: string; versions: readonly string[]; kind: string },
  check?: (config: T, field: string, problems: Problem[]) => void,
): T {
  const problems: Problem[] = [];
  let rest = value;
  if (type !== undefined && isRecord(value)) {
    const { apiVersion, kind, ...others } = value;
    const known = type.versions.map((version) => `${type.group}/${version}`);
    if (!known.includes(String(apiVersion)))
      problems.push({
        field: inField(field, "apiVersion"),
        reason: `${JSON.stringify(apiVersion)} is not supported, use ${known.join(" or ")}`,
      });
    if (kind !== type.kind)
      problems.push({
        field: inField(field, "kind"),
        reason: `${JSON.stringify(kind)} is not supported, use ${type.kind}`,
      });
    rest = others;
  }
  const config = reader(rest, field, problems);
  if (problems.length === 0) check?.(config, field, problems);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return config;
}

const inField = (field: string, name: string): string => (field === "" ? name : `${field}.${name}`);

const podSecurityBody = fields({
  defaults: fields({
    enforce: text,
    "enforce-version": text,
    audit: text,
    "audit-version": text,
    warn: text,
    "warn-version": text,
  }),
  exemptions: fields({
    usernames: list(text),
    namespaces: list(text),
    runtimeClasses: list(text),
  }),
});
type PodSecurityBody = ReturnType<typeof podSecurityBody>;

const levels: readonly string[] = ["privileged", "baseline", "restricted"];

function checkPodSecurity(config: PodSecurityBody, field: string, problems: Problem[]): void {
  const { defaults, exemptions } = config;
  const note = (at: string, value: string, rule: string): void =>
    void problems.push({
      field: inField(field, at),
      reason: `Invalid value: ${JSON.stringify(value)}: ${rule}`,
    });
  for (const mode of ["enforce", "warn", "audit"] as const) {
    const level = defaults[mode];
    const version = defaults[`${mode}-version`];
    if (level !== "" && !levels.includes(level))
      note(`defaults.${mode}`, level, `must be one of ${levels.join(", ")}`);
    if (version !== "" && versionOf(version) === undefined)
      note(`defaults.${mode}-version`, version, 'must be "latest" or "v1.x"');
  }
  const rules = {
    namespaces: (name: string): string => checkDnsLabel(name).join(", "),
    runtimeClasses: (name: string): string => checkDnsSubdomain(name).join(", "),
    usernames: (name: string): string => (name === "" ? "username must not be empty" : ""),
  };
  for (const key of ["namespaces", "runtimeClasses", "usernames"] as const) {
    const seen = new Set<string>();
    for (const [index, name] of exemptions[key].entries()) {
      const rule = rules[key](name);
      const at = `exemptions.${key}[${index}]`;
      if (rule !== "") note(at, name, rule);
      else if (seen.has(name))
        problems.push({
          field: inField(field, at),
          reason: `Duplicate value: ${JSON.stringify(name)}`,
        });
      seen.add(name);
    }
  }
}

function podSecurityOf({ defaults, exemptions }: PodSecurityBody): PodSecuritySettings {
  const mode = (name: "enforce" | "audit" | "warn"): LevelVersion => ({
    level: (defaults[name] || "privileged") as Level,
    version: versionOf(defaults[`${name}-version`] || "latest") ?? "latest",
  });
  return {
    defaults: { enforce: mode("enforce"), audit: mode("audit"), warn: mode("warn") },
    exempt: exemptions,
  };
}

const limitTypes: readonly string[] = ["Server", "Namespace", "User", "SourceAndObject"];
const limitBody = fields({
  limits: list(fields({ type: text, qps: whole, burst: whole, cacheSize: whole })),
});
const cacheSizeDefault = 4096;

function checkLimits(
  { limits }: ReturnType<typeof limitBody>,
  field: string,
  problems: Problem[],
): void {
  const note = (at: string, reason: string): void =>
    void problems.push({ field: inField(field, at), reason });
  if (limits.length === 0) note("limits", "Invalid value: must not be empty");
  for (const [index, { type, qps, burst, cacheSize }] of limits.entries()) {
    const at = `limits[${index}]`;
    if (!limitTypes.includes(type))
      note(
        `${at}.type`,
        `Unsupported value: ${JSON.stringify(type)}: supported values: ${limitTypes.join(", ")}`,
      );
    if (burst <= 0) note(`${at}.burst`, "Invalid value: must be positive");
    if (qps <= 0) note(`${at}.qps`, "Invalid value: must be positive");
    if (cacheSize < 0) note(`${at}.cacheSize`, "Invalid value: must not be negative");
  }
}

const imageBody = fields({
  imagePolicy: fields({
    kubeConfigFile: text,
    allowTTL: whole,
    denyTTL: whole,
    retryBackoff: whole,
    defaultAllow: flag,
  }),
});

/** Seconds or ms of a setting: -1 turns it off, 0 is the default. */
const amount = (given: number, unitMs: number, defaultMs: number): number =>
  given === -1 ? 0 : given === 0 ? defaultMs : given * unitMs;

const toleration = fields({
  key: optional(text),
  operator: optional(text),
  value: optional(text),
  effect: optional(text),
  tolerationSeconds: optional(whole),
});

const quotaBody = fields({
  limitedResources: list(
    fields({
      apiGroup: text,
      resource: text,
      matchContains: list(text),
      matchScopes: list(fields({ scopeName: text, operator: text, values: list(text) })),
    }),
  ),
});

const readers: Readonly<Record<string, PluginReader>> = {
  PodSecurity: (value, source) => {
    const type = {
      group: "pod-security.admission.config.k8s.io",
      versions: ["v1", "v1beta1", "v1alpha1"],
      kind: "PodSecurityConfiguration",
    };
    const config = read(value, source, podSecurityBody, type, checkPodSecurity);
    return { podSecurity: podSecurityOf(config) };
  },
  EventRateLimit: (value, source) => {
    const type = {
      group: "eventratelimit.admission.k8s.io",
      versions: ["v1alpha1"],
      kind: "Configuration",
    };
    const { limits } = read(value, source, limitBody, type, checkLimits);
    const eventLimits = limits.map(
      ({ type, qps, burst, cacheSize }): EventLimit => ({
        type: type as LimitType,
        qps,
        burst,
        cacheSize: cacheSize || cacheSizeDefault,
      }),
    );
    return { eventLimits };
  },
  PodNodeSelector: (value, source) => {
    const body = fields({ podNodeSelectorPluginConfig: mapOf(text) });
    return { nodeSelectors: read(value, source, body).podNodeSelectorPluginConfig };
  },
  PodTolerationRestriction: (value, source) => {
    const type = {
      group: "podtolerationrestriction.admission.k8s.io",
      versions: ["v1alpha1"],
      kind: "Configuration",
    };
    const body = fields({ default: list(toleration), whitelist: list(toleration) });
    const found = read(value, source, body, type);
    const present = (t: object): Toleration =>
      Object.fromEntries(Object.entries(t).filter(([, v]) => v !== undefined));
    return {
      tolerations: {
        default: found.default.map(present),
        whitelist: found.whitelist.map(present),
      },
    };
  },
  ImagePolicyWebhook: (value, source) => {
    const { imagePolicy } = read(value, source, imageBody);
    const file = resolve(dirname(source.path), imagePolicy.kubeConfigFile);
    return {
      imagePolicy: {
        target: readKubeconfig(file, source.readFile),
        allowedMs: amount(imagePolicy.allowTTL, 1000, 5 * 60_000),
        refusedMs: amount(imagePolicy.denyTTL, 1000, 30_000),
        retryMs: amount(imagePolicy.retryBackoff, 1, 500),
        defaultAllow: imagePolicy.defaultAllow,
      },
    };
  },
  ResourceQuota: (value, source) => {
    const type = {
      group: "apiserver.config.k8s.io",
      versions: ["v1"],
      kind: "ResourceQuotaConfiguration",
    };
    const { limitedResources } = read(value, source, quotaBody, type);
    return { limitedResources: limitedResources as LimitedResource[] };
  },
};
