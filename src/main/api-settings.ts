// What the flags of the API server ask for: files are read and checked here, before anything starts.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { certificatesIn } from "../lib/x509.ts";
import type { AuthenticationPlan } from "../server/auth/authentication-config.ts";
import type { AuthorizerPlan } from "../server/auth/authorizer-plan.ts";
import { tokenKey } from "../server/auth/token-keys.ts";
import { type Current, fixed } from "../server/config/current.ts";
import type { EdgeOptions } from "../server/edge.ts";
import type { TlsFiles } from "../server/listen.ts";
import { type ApiValues, type FlagReader, flagReader } from "./api-flags.ts";
import { auditFrom } from "./audit-settings.ts";
import { followFile } from "./followed-file.ts";
import { Refusal } from "./refusal.ts";

type World = { readonly clock: Clock; readonly random: Random; readonly log: Log };

export type ApiSettings = {
  readonly edge: Partial<EdgeOptions>;
  readonly accounts: {
    /** PEM; they go before the cluster's own. */
    readonly keys: readonly string[];
    readonly issuers: readonly string[];
    readonly audiences?: readonly string[];
  };
  /** PEM of further authorities whose certificates name users. */
  readonly clientAuthorities: string;
  readonly tls: Pick<TlsFiles, "minVersion" | "ciphers">;
  /** Writes what waits to be written, and reads no file any more. */
  close(): Promise<void>;
};

/** Throws a `Refusal` that names the flag or the file, the field and the reason. */
export async function apiSettings(
  values: ApiValues,
  ownIssuer: string,
  world: World,
): Promise<ApiSettings> {
  const flags = flagReader(values);
  const { tlsFrom } = await import("./tls-settings.ts");
  const tls = tlsFrom(flags);
  const issuers = flags.all("service-account-issuer");
  const audiences = flags.list("api-audiences");
  const closes: (() => void | Promise<void>)[] = [];
  const follow = { ...world, readFile: read };
  try {
    const keyFiles = [
      ...flags.all("service-account-signing-key-file"),
      ...flags.all("service-account-key-file"),
    ];
    const keys = keyFiles.map((path) => readText(path));
    const signing = flags.all("service-account-signing-key-file").length;
    for (const [index, key] of keys.entries()) checkKey(keyFiles[index]!, key, index < signing);
    const own = issuers.length === 0 ? [ownIssuer] : issuers;
    const authorization = await authorizationFrom(flags, follow, closes);
    const authentication = await authenticationFrom(flags, own, follow, closes);
    const admission = await admissionFrom(flags, follow, closes);
    const audit = await auditFrom(flags, world, read);
    if (audit !== undefined) closes.push(audit.close);
    return {
      edge: {
        anonymous: flags.truth("anonymous-auth", true),
        ...(await tokensFrom(flags)),
        ...(authorization === undefined ? {} : { authorization }),
        ...(authentication === undefined ? {} : { authentication }),
        ...(audit === undefined ? {} : { audit: audit.audit }),
        ...(admission === undefined ? {} : { admission }),
      },
      accounts: { keys, issuers, ...(audiences.length === 0 ? {} : { audiences }) },
      clientAuthorities: flags.all("client-ca-file").map(readAuthorities).join("\n"),
      tls,
      async close() {
        for (const close of closes) await close();
      },
    };
  } catch (error) {
    for (const close of closes) await close();
    if (error instanceof Refusal || !(error instanceof Error) || error.name !== "ConfigError")
      throw error;
    throw new Refusal(2, error.message, { cause: error });
  }
}

const read = (path: string): Uint8Array => readFileSync(path);

/** Throws a `Refusal` that names the file. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Refusal(2, `${path}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Messages never hold what is in the file. */
function checkKey(path: string, pem: string, signs: boolean): void {
  if (!/-----BEGIN [A-Z ]*(KEY|CERTIFICATE)-----/.test(pem))
    throw new Refusal(2, `${path}: holds no key in PEM form`);
  const key = usable(path, "key", () => tokenKey(pem));
  if (signs && key.privateKey === undefined)
    throw new Refusal(2, `${path}: holds no private key, which signing needs`);
}

function readAuthorities(path: string): string {
  const pems = certificatesIn(readText(path));
  if (pems.length === 0) throw new Refusal(2, `${path}: holds no certificate in PEM form`);
  for (const pem of pems) usable(path, "certificate", () => new X509Certificate(pem));
  return pems.join("\n");
}

function usable<T>(path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = (error as Error).message;
    throw new Refusal(2, `${path}: holds a ${what} that cannot be used: ${why}`, { cause: error });
  }
}

type Follow = World & { readonly readFile: typeof read };
type Closes = (() => void | Promise<void>)[];

async function authorizationFrom(
  flags: FlagReader,
  follow: Follow,
  closes: Closes,
): Promise<Current<readonly AuthorizerPlan[]> | undefined> {
  const path = flags.text("authorization-config");
  if (path === undefined && !flags.has("authorization-mode")) return undefined;
  const { planOfFlags, readAuthorization } = await import("../server/auth/authorization-config.ts");
  if (path === undefined) {
    const webhookFile = flags.text("authorization-webhook-config-file");
    const plan = planOfFlags(
      {
        modes: flags.list("authorization-mode"),
        ...(webhookFile === undefined ? {} : { webhookFile }),
        webhookVersion: flags.among("authorization-webhook-version", ["v1", "v1beta1"], "v1beta1"),
        allowedMs: flags.ms("authorization-webhook-cache-authorized-ttl", 5 * 60_000),
        refusedMs: flags.ms("authorization-webhook-cache-unauthorized-ttl", 30_000),
      },
      read,
    );
    return fixed(plan);
  }
  if (flags.has("authorization-mode") || flags.has("authorization-webhook-config-file"))
    flags.refuse("authorization-config", "cannot be used with --authorization-mode or its webhook");
  const followed = followExisting(path, (file) => readAuthorization(file, read), follow);
  closes.push(followed.stop);
  return followed;
}

async function authenticationFrom(
  flags: FlagReader,
  ownIssuers: readonly string[],
  follow: Follow,
  closes: Closes,
): Promise<Current<AuthenticationPlan> | undefined> {
  const path = flags.text("authentication-config");
  if (path === undefined && !flags.has("oidc-issuer-url")) return undefined;
  if (path === undefined) {
    const { planOfOidcFlags } = await import("./oidc-flags.ts");
    return fixed(planOfOidcFlags(flags, readText));
  }
  if (flags.has("oidc-issuer-url"))
    flags.refuse("authentication-config", "cannot be used with --oidc-issuer-url");
  const { readAuthentication } = await import("../server/auth/authentication-config.ts");
  const followed = followExisting(path, (file) => readAuthentication(file, ownIssuers), follow);
  closes.push(followed.stop);
  if (followed.value.anonymous !== undefined && flags.has("anonymous-auth"))
    flags.refuse("anonymous-auth", "the file of --authentication-config says it already");
  return followed;
}

/** As `followFile`; a file that is not there is refused like one that cannot be used. */
const followExisting: typeof followFile = (path, parse, options) => {
  readText(path);
  return followFile(path, parse, options);
};

async function tokensFrom(
  flags: FlagReader,
): Promise<Pick<EdgeOptions, "staticTokens" | "tokenWebhook">> {
  const path = flags.text("token-auth-file");
  const webhook = flags.text("authentication-token-webhook-config-file");
  const settings: Pick<EdgeOptions, "staticTokens" | "tokenWebhook"> = {};
  const staticTokens =
    path === undefined
      ? undefined
      : (await import("../server/auth/token-file.ts")).readTokenFile(path, readText(path));
  if (webhook === undefined) return staticTokens === undefined ? settings : { staticTokens };
  const { readKubeconfig } = await import("../server/config/kubeconfig.ts");
  const version = "authentication-token-webhook-version";
  return {
    ...(staticTokens === undefined ? {} : { staticTokens }),
    tokenWebhook: {
      target: readKubeconfig(webhook, read),
      version: flags.among(version, ["v1", "v1beta1"], "v1beta1"),
      keptMs: flags.ms("authentication-token-webhook-cache-ttl", 2 * 60_000),
    },
  };
}

async function admissionFrom(
  flags: FlagReader,
  follow: Follow,
  closes: Closes,
): Promise<EdgeOptions["admission"]> {
  const enable = flags.list("enable-admission-plugins");
  const disable = flags.list("disable-admission-plugins");
  const path = flags.text("admission-control-config-file");
  if (enable.length + disable.length === 0 && path === undefined) return undefined;
  const { readAdmission } = await import("../server/admission/configuration.ts");
  const chosen = { enable, disable };
  if (path === undefined) return readAdmission(chosen, read);
  const parse = ({ bytes }: { bytes: Uint8Array }) =>
    readAdmission({ ...chosen, path }, (file) => (file === path ? bytes : read(file)));
  const followed = followExisting(path, parse, follow);
  followed.onChange(() =>
    follow.log.warn("a configuration file has changed; it counts from the next start on", { path }),
  );
  closes.push(followed.stop);
  return followed.value;
}
