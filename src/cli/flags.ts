// Flags that several commands share, and how their texts become options.
import { hostname } from "node:os";
import { resolve } from "node:path";
import { type ApiValues, apiFlags } from "../main/api-flags.ts";
import { type DataDir, dataDir, defaultRoot } from "../main/data-dir.ts";
import { type Networks, type NodeMode, type ServeAsk, serveDefaults } from "../main/options.ts";
import { Refusal } from "../main/refusal.ts";
import { storeAddress } from "../main/store-address.ts";
import { type Flag, inRoom, type Values } from "./command.ts";

export const whichCluster: readonly Flag[] = [
  { flags: "--name <name>", summary: "name of the cluster", fallback: serveDefaults.name },
  { flags: "--data-dir <folder>", summary: "where its files live (default: by name)" },
];

/** Headings of the help. */
export const rooms = { nodes: "Nodes and images", networks: "Networks", store: "Store" } as const;

export const nodeFlags: readonly Flag[] = inRoom(rooms.nodes, [
  { flags: "--node-name <name>", summary: "name of this machine's node (default: its host name)" },
  { flags: "--runtime-endpoint <url>", summary: "unix:///… of an existing CRI runtime" },
  {
    flags: "--registry-mirror <host=url>",
    summary: "pull images of a registry from somewhere else",
    many: true,
  },
]);

export const etcdFlags: readonly Flag[] = inRoom(rooms.store, [
  { flags: "--store-cert <file>", summary: "client certificate for etcd" },
  { flags: "--store-key <file>", summary: "its key" },
  { flags: "--store-ca <file>", summary: "authorities of etcd's certificates" },
  { flags: "--cluster-secret <file>", summary: "opens the keys that servers on one etcd share" },
]);

export const encryptionFlag: Flag = {
  flags: "--encryption-provider-config <file>",
  summary: "EncryptionConfiguration: what is stored is encrypted",
  room: rooms.store,
};

const storeFlags = inRoom(rooms.store, [
  {
    flags: "--store <url>",
    summary: "file:, memory: or etcd's addresses",
    fallback: serveDefaults.store,
  },
  ...etcdFlags,
  encryptionFlag,
  {
    flags: "--snapshot-schedule <cron>",
    summary: 'make snapshots by schedule, such as "0 3 * * *"',
  },
  {
    flags: "--snapshot-keep <count>",
    summary: "scheduled snapshots that are kept",
    fallback: serveDefaults.snapshotKeep,
  },
]);

const networkFlags = inRoom(rooms.networks, [
  {
    flags: "--pod-cidr <range>",
    summary: `addresses of pods (default: ${serveDefaults.podCidr}, or the next that is free)`,
  },
  {
    flags: "--service-cidr <range>",
    summary: `addresses of services (default: ${serveDefaults.serviceCidr}, or the next)`,
  },
  {
    flags: "--dns-ip <address>",
    summary: "address of the cluster's DNS (default: the tenth of services)",
  },
  {
    flags: "--cluster-domain <name>",
    summary: "DNS domain",
    fallback: serveDefaults.clusterDomain,
  },
]);

export const serveFlags: readonly Flag[] = [
  ...whichCluster,
  { flags: "--bind <address>", summary: "address to listen on", fallback: serveDefaults.bind },
  {
    flags: "--port <number>",
    summary: "port to listen on, 0: a free one",
    fallback: serveDefaults.port,
  },
  { flags: "--no-kubeconfig", summary: "leave the user's kubeconfig alone" },
  {
    flags: "--no-controllers",
    summary: "run the API server alone, without controllers and scheduler",
  },
  ...inRoom(rooms.nodes, [
    { flags: "--node <mode>", summary: "auto, real or none", fallback: serveDefaults.node },
    { flags: "--simulated-nodes <count>", summary: "nodes without containers", fallback: 0 },
  ]),
  ...nodeFlags,
  ...networkFlags,
  ...storeFlags,
  ...apiFlags.map(({ name, summary, many = false, file, room }): Flag => {
    return { flags: `--${name} <${file ? "file" : "value"}>`, summary, many, room };
  }),
];

export function dirOf(values: Values): DataDir {
  const given = text(values, "dataDir");
  return dataDir(given ?? defaultRoot(nameOf(values), process.getuid?.() === 0, process.platform));
}

export function nameOf(values: Values): string {
  const name = text(values, "name") ?? serveDefaults.name;
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) {
    throw new Refusal(
      2,
      `--name ${JSON.stringify(name)}: at most 40 lower-case letters, digits and dashes`,
    );
  }
  return name;
}

export function serveOptions(values: Values): ServeAsk {
  const runtimeEndpoint = text(values, "runtimeEndpoint");
  return {
    name: nameOf(values),
    dataDir: dirOf(values).root,
    bind: address(values, "bind"),
    port: whole(values, "port", 0, 65535),
    store: storeUrl(values),
    ...files(values),
    snapshotKeep: whole(values, "snapshotKeep", 1, 10_000),
    node: nodeMode(values),
    nodeName: nodeNameOf(values),
    simulatedNodes: whole(values, "simulatedNodes", 0, 10_000),
    ...(runtimeEndpoint === undefined ? {} : { runtimeEndpoint }),
    registryMirrors: mirrors(values),
    networks: networks(values),
    clusterDomain: text(values, "clusterDomain") ?? serveDefaults.clusterDomain,
    api: apiValues(values),
    mergeKubeconfig: values["kubeconfig"] !== false,
    controllers: values["controllers"] !== false,
  };
}

function storeUrl(values: Values): string {
  const url = text(values, "store") ?? serveDefaults.store;
  const { is } = storeAddress(url);
  const etcdOnly = ["storeCert", "storeKey", "storeCa", "clusterSecret"] as const;
  const given = etcdOnly.find((key) => values[key] !== undefined);
  if (is !== "etcd" && given) throw new Refusal(2, `${dashed(given)} is for --store https://…`);
  if (is === "etcd" && values["clusterSecret"] === undefined)
    throw new Refusal(
      2,
      "--store https://… needs --cluster-secret FILE, the same on all servers; " +
        "make one with: openssl rand -base64 32 > FILE",
    );
  return url;
}

/** The files' paths, whole, since a process in the background has another folder. */
export function files(values: Values) {
  const pathOf = (key: string): string | undefined => {
    const given = text(values, key);
    return given === undefined ? undefined : resolve(given);
  };
  return given({
    storeCert: pathOf("storeCert"),
    storeKey: pathOf("storeKey"),
    storeCa: pathOf("storeCa"),
    clusterSecret: pathOf("clusterSecret"),
    encryptionConfig: pathOf("encryptionProviderConfig"),
    snapshotSchedule: text(values, "snapshotSchedule"),
  });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;

/** Files are named from the folder where the command was typed. */
function apiValues(values: Values): ApiValues {
  const given: Record<string, readonly string[]> = {};
  for (const { name, file } of apiFlags) {
    const value = values[name.replace(/-[a-z]/g, (letter) => letter[1]!.toUpperCase())];
    const texts = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
    if (texts.length === 0) continue;
    given[name] = file ? texts.map((t) => (t === "-" || t === "" ? t : resolve(t))) : texts;
  }
  return given;
}

/** The same options as words for another process of this program. */
export function serveWords(options: ServeAsk): string[] {
  const pairs: [string, string | number | undefined][] = [
    ["name", options.name],
    ["data-dir", options.dataDir],
    ["bind", options.bind],
    ["port", options.port],
    ["store", options.store],
    ["store-cert", options.storeCert],
    ["store-key", options.storeKey],
    ["store-ca", options.storeCa],
    ["cluster-secret", options.clusterSecret],
    ["encryption-provider-config", options.encryptionConfig],
    ["snapshot-schedule", options.snapshotSchedule],
    ["snapshot-keep", options.snapshotKeep],
    ["node", options.node],
    ["node-name", options.nodeName],
    ["simulated-nodes", options.simulatedNodes],
    ["runtime-endpoint", options.runtimeEndpoint],
    ["pod-cidr", options.networks.podCidr],
    ["service-cidr", options.networks.serviceCidr],
    ["dns-ip", options.networks.dnsIp],
    ["cluster-domain", options.clusterDomain],
  ];
  const words = pairs.flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, `${value}`],
  );
  for (const [host, url] of Object.entries(options.registryMirrors)) {
    words.push("--registry-mirror", `${host}=${url}`);
  }
  for (const [name, texts] of Object.entries(options.api))
    for (const value of texts) words.push(`--${name}`, value);
  if (!options.mergeKubeconfig) words.push("--no-kubeconfig");
  if (options.controllers === false) words.push("--no-controllers");
  return words;
}

export const nodeNameOf = (values: Values): string =>
  (text(values, "nodeName") ?? hostname()).toLowerCase();

export function text(values: Values, key: string): string | undefined {
  const value = values[key];
  return value === undefined ? undefined : `${value}`;
}

export function whole(values: Values, key: string, least: number, most: number): number {
  const value = Number(text(values, key) ?? least);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Refusal(
    2,
    `${dashed(key)} ${text(values, key)}: a whole number from ${least} to ${most}`,
  );
}

function nodeMode(values: Values): NodeMode {
  const mode = text(values, "node") ?? serveDefaults.node;
  if (mode === "auto" || mode === "real" || mode === "none") return mode;
  throw new Refusal(2, `--node ${mode}: auto, real or none`);
}

function address(values: Values, key: string): string {
  const value = text(values, key) ?? "";
  const parts = value.split(".").map(Number);
  if (parts.length === 4 && parts.every((p) => Number.isInteger(p) && p >= 0 && p <= 255))
    return value;
  throw new Refusal(2, `${dashed(key)} ${value}: an IPv4 address such as 127.0.0.1`);
}

const networks = (values: Values): Partial<Networks> =>
  given({
    podCidr: values["podCidr"] === undefined ? undefined : cidr(values, "podCidr"),
    serviceCidr: values["serviceCidr"] === undefined ? undefined : cidr(values, "serviceCidr"),
    dnsIp: values["dnsIp"] === undefined ? undefined : address(values, "dnsIp"),
  });

function cidr(values: Values, key: string): string {
  const value = text(values, key) ?? "";
  const [ip = "", bits = ""] = value.split("/");
  if (/^\d{1,2}$/.test(bits) && Number(bits) <= 30) {
    address({ [key]: ip }, key);
    return value;
  }
  throw new Refusal(2, `${dashed(key)} ${value}: a range such as 10.244.0.0/16`);
}

export function mirrors(values: Values): Record<string, string> {
  const given = (values["registryMirror"] ?? []) as string[];
  return Object.fromEntries(
    given.map((pair) => {
      const cut = pair.indexOf("=");
      const url = pair.slice(cut + 1);
      if (cut < 1 || !URL.canParse(url)) {
        throw new Refusal(
          2,
          `--registry-mirror ${pair}: HOST=URL such as docker.io=http://127.0.0.1:5000`,
        );
      }
      return [pair.slice(0, cut), url];
    }),
  );
}

const dashed = (key: string): string => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
