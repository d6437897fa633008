// /statusz and /flagz: what runs here and how it was started, for people, or as objects for those who ask for them.
import { StatusError } from "../../schema/status-error.ts";
import { documentAnswer, textAnswer } from "../answer.ts";
import type { Context, Page } from "../context.ts";
import { clausesOf, wantsPretty } from "../negotiate.ts";
import { kubernetesVersion } from "../version.ts";

export type ZpagesOptions = {
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly startedAtMs: number;
  /** As given or by default, by name. */
  readonly flags: () => Readonly<Record<string, string>>;
};

export function zpages({ now, startedAtMs, flags }: ZpagesOptions): Page {
  return (context) => {
    switch (context.attributes.path) {
      case "/statusz":
        return answer(context, "Statusz", statusz(startedAtMs, now()), statuszText);
      case "/flagz":
        return answer(context, "Flagz", { flags: sorted(flags()) }, flagzText);
      default:
        return undefined;
    }
  };
}

const warning =
  "Warning: This endpoint is not meant to be machine parseable, has no formatting " +
  "compatibility guarantees and is for debugging purposes only.";

type Statusz = ReturnType<typeof statusz>;

function statusz(startedAtMs: number, nowMs: number) {
  const version = kubernetesVersion.slice(1);
  return {
    startTime: `${new Date(startedAtMs).toISOString().slice(0, 19)}Z`,
    uptimeSeconds: Math.floor((nowMs - startedAtMs) / 1000),
    goVersion: "go1.26.0",
    binaryVersion: version,
    emulationVersion: version.replace(/\.\d+$/, ""),
    paths: ["/flagz", "/healthz", "/livez", "/metrics", "/readyz", "/statusz", "/version"],
  };
}

function statuszText(status: Statusz): string {
  const up = status.uptimeSeconds;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const hours = Math.floor(up / 3600);
  return [
    "\napiserver statusz",
    warning,
    "",
    `Started  ${goDate(status.startTime)}`,
    `Up  ${hours} hr ${two((up / 60) % 60)} min ${two(up % 60)} sec`,
    `Go version  ${status.goVersion}`,
    `Binary version  ${status.binaryVersion}`,
    `Emulation version  ${status.emulationVersion}`,
    `Paths  ${status.paths.join(" ")}`,
    "",
  ].join("\n");
}

const flagzText = ({ flags }: { flags: Readonly<Record<string, string>> }): string =>
  ["\napiserver flagz", warning, ...Object.entries(flags).map(([k, v]) => `${k}: ${v}`), ""].join(
    "\n",
  );

const sorted = (flags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)));

/** `Mon Nov 23 16:06:16 UTC 2026` */
function goDate(time: string): string {
  const [day, date, month, year, clock] = new Date(time).toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${String(Number(date)).padStart(2, " ")} ${clock} UTC ${year}`;
}

const versions = new Set(["v1alpha1", "v1beta1"]);

/** Text, unless the object is asked for by kind, group and version. */
async function answer<T extends object>(
  { request }: Context,
  kind: string,
  content: T,
  text: (content: T) => string,
): ReturnType<typeof documentAnswer> {
  const { headers, query } = request;
  for (const { type, subtype, params } of clausesOf(headers["accept"] || "*/*")) {
    const any = type === "*" || (type === "text" && (subtype === "plain" || subtype === "*"));
    if (any) {
      const { "x-content-type-options": _, ...kept } = textAnswer(200, "").headers;
      return { ...textAnswer(200, text(content)), headers: kept };
    }
    const version = params.get("v") ?? "";
    const media = subtype === "json" || subtype === "yaml" ? subtype : undefined;
    if (type !== "application" || media === undefined || params.get("as") !== kind) continue;
    if (params.get("g") !== "config.k8s.io" || !versions.has(version)) continue;
    const document = {
      kind,
      apiVersion: `config.k8s.io/${version}`,
      metadata: { name: "apiserver" },
      ...content,
    };
    const pretty = wantsPretty(query, headers["user-agent"]);
    const made = await documentAnswer(document, { media, pretty });
    const typed = `application/${media};g=config.k8s.io;v=${version};as=${kind}`;
    return { ...made, headers: { ...made.headers, "content-type": typed } };
  }
  throw new StatusError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/yaml, text/plain",
  );
}
