// What the API server of a cluster answers to its administrators beyond Kubernetes: a snapshot of everything, the
// versions of an object, and the certificates; and a new key for tokens.
import type { Clock } from "../lib/clock.ts";
import type { ApiResponse } from "../schema/api-request.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { badRequest, StatusError } from "../schema/status-error.ts";
import type { Context, Kinds, Page } from "../server/context.ts";
import { keyOf } from "../server/keys.ts";
import type { Entry, Store } from "../store/store.ts";
import type { Author, Authors } from "./authors.ts";
import { snapshotPath } from "./backup.ts";
import { certificatesOf, type Listed } from "./certificates.ts";
import type { ClusterKeys } from "./cluster-keys.ts";

export const historyPath = "/coxswain/v1/history/";
export const certificatesPath = "/coxswain/v1/certificates";
/** A POST makes a new one. */
export const tokenKeyPath = "/coxswain/v1/token-key";

type Options = {
  store: Store;
  kinds: Kinds;
  authors: Authors;
  backup: () => AsyncIterable<Uint8Array>;
  keys: ClusterKeys;
  clock: Clock;
};

/** One version of an object, the newest first. */
export type HistoryVersion = {
  revision: number;
  deleted: boolean;
  /** Field manager and its operation, from the managed fields that this version changed. */
  manager: string;
  operation: string;
  time: string;
  /** "" where it is not known: another way than by a server's API, or a server that was killed right after. */
  user: string;
  object: ApiObject;
};

export function clusterPages(options: Options): Page[] {
  return [
    (context) => {
      if (context.attributes.path !== snapshotPath) return undefined;
      allowOnlyMasters(context);
      return {
        status: 200,
        headers: { "content-type": "application/octet-stream" },
        body: { is: "stream", batches: batched(options.backup()) },
      };
    },
    (context) => {
      const { path } = context.attributes;
      if (!path.startsWith(historyPath)) return undefined;
      allowOnlyMasters(context);
      return history(options, path.slice(historyPath.length), context);
    },
    (context) => {
      if (context.attributes.path !== certificatesPath) return undefined;
      allowOnlyMasters(context);
      return jsonAnswer(certificatesIn(options));
    },
    async (context) => {
      if (context.attributes.path !== tokenKeyPath) return undefined;
      allowOnlyMasters(context, "POST");
      await options.keys.rotateTokenKey();
      return jsonAnswer({ rotated: true });
    },
  ];
}

const jsonAnswer = (value: unknown): ApiResponse => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: { is: "bytes", chunks: [Buffer.from(JSON.stringify(value))] },
});

const certificatesIn = ({ keys, clock }: Options): Listed[] =>
  [...keys.files()].flatMap(([path, bytes]) => {
    const file = path.replace(/^pki\//, "");
    return file.endsWith(".crt") ? certificatesOf(file, `${Buffer.from(bytes)}`, clock.now()) : [];
  });

/** All of the cluster's keys are in it: whoever has it is an administrator. */
function allowOnlyMasters({ identity, request }: Context, method = "GET"): void {
  if (request.method !== method)
    throw new StatusError(405, "MethodNotAllowed", `only ${method} is allowed`);
  if (identity.groups.includes("system:masters")) return;
  throw new StatusError(403, "Forbidden", "only members of system:masters may do this");
}

async function* batched(parts: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[]> {
  for await (const part of parts) yield [part];
}

function history(
  { store, kinds, authors }: Options,
  asked: string,
  { query }: Context,
): ApiResponse {
  const [word = "", name = ""] = asked.split("/").map(decodeURIComponent);
  if (name === "") throw badRequest("the path must end in KIND/NAME");
  const kind = kinds.all().find((each) => isMeant(each, word.toLowerCase()));
  if (!kind) throw new StatusError(404, "NotFound", `there is no kind "${word}"`);
  const namespace = query.get("namespace") ?? "default";
  const entries = store.history(keyOf(kind, namespace, name));
  if (entries.length === 0)
    throw new StatusError(
      404,
      "NotFound",
      `${kind.resource.plural} "${name}" not found, and no version of it is held`,
    );
  const known = authors.of(entries.map((entry) => entry.modRevision));
  const versions = entries.map((entry, i) =>
    versionOf(entry, entries[i + 1], known.get(entry.modRevision)),
  );
  return jsonAnswer(versions);
}

function isMeant({ resource, shortNames }: Kind, word: string): boolean {
  const { plural, kind, group } = resource;
  const names = [plural, kind.toLowerCase(), `${plural}.${group}`, ...(shortNames ?? [])];
  return names.includes(word);
}

type Managed = { manager?: string; operation?: string; time?: string };

function versionOf(entry: Entry, before: Entry | undefined, author?: Author): HistoryVersion {
  const object = JSON.parse(Buffer.from(entry.value).toString()) as ApiObject;
  const told = entry.deleted ? undefined : changedBy(managedOf(object), before);
  return {
    revision: entry.modRevision,
    deleted: entry.deleted,
    manager: told?.manager ?? "",
    operation: entry.deleted ? "Delete" : (told?.operation ?? ""),
    time: author ? secondText(author.timeMs) : (told?.time ?? ""),
    user: author?.user ?? "",
    object,
  };
}

const secondText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const managedOf = (object: ApiObject): Managed[] =>
  (object.metadata.managedFields ?? []) as Managed[];

/** The newest of the entries that the version before does not have. */
function changedBy(managed: Managed[], before: Entry | undefined): Managed | undefined {
  const earlier = before
    ? managedOf(JSON.parse(Buffer.from(before.value).toString()) as ApiObject)
    : [];
  const known = new Set(earlier.map((entry) => JSON.stringify(entry)));
  const fresh = managed.filter((entry) => !known.has(JSON.stringify(entry)));
  const newest = (all: Managed[]): Managed | undefined =>
    all.reduce<Managed | undefined>(
      (best, entry) => ((entry.time ?? "") >= (best?.time ?? "") ? entry : best),
      undefined,
    );
  return newest(fresh);
}
