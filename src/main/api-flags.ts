// Flags of the API server, by upstream's names, and how their texts are read.
import { durationMs } from "../schema/duration.ts";
import { Refusal } from "./refusal.ts";

export type ApiFlag = {
  /** As typed, without the dashes. */
  readonly name: string;
  readonly summary: string;
  /** May be given several times. */
  readonly many?: boolean;
  /** What it is about, a heading of the help. */
  readonly room: string;
  /** Names a file: a relative path is one of the folder where it was typed. */
  readonly file?: boolean;
};

type Row = Omit<ApiFlag, "room">;

const file = (name: string, summary: string): Row => ({ name, summary, file: true });
const value = (name: string, summary: string): Row => ({ name, summary });
const many = (name: string, summary: string): Row => ({ name, summary, many: true });

const authentication: readonly Row[] = [
  value("anonymous-auth", "false: requests without credentials are refused"),
  file("token-auth-file", "CSV of static tokens: token,user,uid,groups"),
  file("authentication-config", "AuthenticationConfiguration: other issuers of tokens"),
  file("authentication-token-webhook-config-file", "kubeconfig of a program that knows tokens"),
  value("authentication-token-webhook-version", "v1 or v1beta1 (default v1beta1)"),
  value("authentication-token-webhook-cache-ttl", "how long its answers are kept (default 2m)"),
  value("oidc-issuer-url", "issuer of OpenID Connect tokens"),
  value("oidc-client-id", "audience of its tokens"),
  file("oidc-ca-file", "authorities that its certificate may come from"),
  value("oidc-username-claim", "claim that names the user (default sub)"),
  value("oidc-username-prefix", "written before the name; -: nothing"),
  value("oidc-groups-claim", "claim that names groups"),
  value("oidc-groups-prefix", "written before each group"),
  many("oidc-required-claim", "claim=value that a token must have"),
  value("oidc-signing-algs", "allowed algorithms (default RS256)"),
  many(
    "service-account-issuer",
    "who signs service-account tokens; those after the first are believed",
  ),
  { ...file("service-account-key-file", "key that checks service-account tokens"), many: true },
  file("service-account-signing-key-file", "key that signs service-account tokens"),
  value("api-audiences", "names under which tokens mean this API"),
  file("client-ca-file", "more authorities whose client certificates name users"),
];

const authorization: readonly Row[] = [
  value(
    "authorization-mode",
    "Node,RBAC,Webhook,AlwaysAllow,AlwaysDeny in order (default Node,RBAC)",
  ),
  file("authorization-config", "AuthorizationConfiguration: who decides, in which order"),
  file("authorization-webhook-config-file", "kubeconfig of a program that decides"),
  value("authorization-webhook-version", "v1 or v1beta1 (default v1beta1)"),
  value("authorization-webhook-cache-authorized-ttl", "how long a yes is kept (default 5m)"),
  value("authorization-webhook-cache-unauthorized-ttl", "how long a no is kept (default 30s)"),
];

function truncation(backend: string): Row[] {
  const flag = (what: string): string => `audit-${backend}-truncate-${what}`;
  return [
    value(flag("enabled"), "true: large events lose their bodies (default false)"),
    value(flag("max-event-size"), "bytes of an event, larger ones are cut (default 102400)"),
    value(flag("max-batch-size"), "bytes that are written together (default 10485760)"),
  ];
}

const audit: readonly Row[] = [
  file("audit-policy-file", "audit policy: what is written down of which request"),
  file("audit-log-path", "file of the audit log; -: standard output"),
  value("audit-log-format", "json or legacy (default json)"),
  value("audit-log-mode", "blocking, blocking-strict or batch (default blocking)"),
  value("audit-log-maxage", "days that old files stay"),
  value("audit-log-maxbackup", "old files that stay"),
  value("audit-log-maxsize", "megabytes of a file before it is put aside (default 100)"),
  value("audit-log-batch-buffer-size", "events that may wait (default 10000)"),
  value("audit-log-batch-max-size", "events written together (default 1)"),
  value("audit-log-batch-max-wait", "longest wait of an event"),
  ...truncation("log"),
  file("audit-webhook-config-file", "kubeconfig of a program that takes audit events"),
  value("audit-webhook-mode", "batch, blocking or blocking-strict (default batch)"),
  value("audit-webhook-initial-backoff", "wait before it is asked again (default 10s)"),
  value("audit-webhook-batch-buffer-size", "events that may wait (default 10000)"),
  value("audit-webhook-batch-max-size", "events sent together (default 400)"),
  value("audit-webhook-batch-max-wait", "longest wait of an event (default 30s)"),
  ...truncation("webhook"),
];

const admission: readonly Row[] = [
  value("enable-admission-plugins", "plug-ins that are on besides the default ones"),
  value("disable-admission-plugins", "default plug-ins that are off"),
  file("admission-control-config-file", "AdmissionConfiguration: settings of plug-ins"),
];

const tls: readonly Row[] = [
  value("tls-min-version", "VersionTLS12 or VersionTLS13"),
  value("tls-cipher-suites", "allowed suites, by Go's names"),
];

const rooms = Object.entries({
  Authentication: authentication,
  Authorization: authorization,
  Audit: audit,
  Admission: admission,
  TLS: tls,
});

export const apiFlags: readonly ApiFlag[] = rooms.flatMap(([room, rows]) =>
  rows.map((row) => ({ ...row, room })),
);

/** Values that were given, by the name of the flag. */
export type ApiValues = Readonly<Record<string, readonly string[]>>;

/** Reads the texts of flags; each throws a `Refusal` that names the flag. */
export type FlagReader = ReturnType<typeof flagReader>;

export function flagReader(values: ApiValues) {
  const one = (name: string): string | undefined => values[name]?.at(-1);
  const refuse = (name: string, rule: string): never => {
    throw new Refusal(2, `--${name} ${one(name)}: ${rule}`);
  };
  return {
    text: one,
    all: (name: string): readonly string[] => values[name] ?? [],
    /** A list with commas. */
    list: (name: string): readonly string[] =>
      (values[name] ?? []).flatMap((text) => text.split(",")).filter((text) => text !== ""),
    has: (name: string): boolean => one(name) !== undefined,
    truth(name: string, otherwise: boolean): boolean {
      const text = one(name);
      if (text === undefined) return otherwise;
      return text === "true" || (text !== "false" && refuse(name, "true or false"));
    },
    whole(name: string, otherwise: number): number {
      const text = one(name);
      if (text === undefined) return otherwise;
      return /^\d{1,9}$/.test(text) ? Number(text) : refuse(name, "a whole number");
    },
    ms(name: string, otherwise: number): number {
      const text = one(name);
      if (text === undefined) return otherwise;
      return durationMs(text) ?? refuse(name, "a duration such as 30s");
    },
    among<T extends string>(name: string, known: readonly T[], otherwise: T): T {
      const text = one(name);
      if (text === undefined) return otherwise;
      const found = known.find((word) => word === text);
      return found ?? refuse(name, known.join(" or "));
    },
    refuse,
  };
}
