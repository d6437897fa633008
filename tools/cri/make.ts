// Makes src/node/facts/cri.json from the published CRI definition: the messages that the agent uses, as numbers and
// names for protobufjs, without prose. Run: node tools/cri/make.ts
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

const cri = "k8s.io/cri-api@v0.37.2";
const out = join(import.meta.dirname, "../../src/node/facts/cri.json");

/** Methods that the agent calls; what they do not reach is left out. */
const methods: Readonly<Record<string, readonly string[]>> = {
  RuntimeService: [
    "Version",
    "Status",
    "RunPodSandbox",
    "StopPodSandbox",
    "RemovePodSandbox",
    "PodSandboxStatus",
    "ListPodSandbox",
    "CreateContainer",
    "StartContainer",
    "StopContainer",
    "RemoveContainer",
    "ListContainers",
    "ContainerStatus",
    "UpdateContainerResources",
    "ReopenContainerLog",
    "ExecSync",
    "Exec",
    "Attach",
    "PortForward",
    "ListContainerStats",
    "GetContainerEvents",
    "RuntimeConfig",
  ],
  ImageService: ["ListImages", "ImageStatus", "PullImage", "RemoveImage", "ImageFsInfo"],
};

type Json = { nested: Record<string, JsonType> };
type JsonType = {
  fields?: Record<string, { type: string; keyType?: string; options?: unknown }>;
  values?: unknown;
  methods?: Record<string, { requestType: string; responseType: string }>;
  nested?: Record<string, JsonType>;
};

export function makeFacts(source: string): string {
  const root = protobuf.parse(source, { keepCase: false }).root;
  const json = root.toJSON({ keepComments: false }) as unknown as {
    nested: { runtime: { nested: { v1: Json } } };
  };
  const types = json.nested.runtime.nested.v1.nested;
  const kept = new Map<string, JsonType>();
  for (const [service, wanted] of Object.entries(methods)) {
    const all = types[service]?.methods ?? {};
    const some = wanted.map((name) => [name, found(all[name], name)] as const);
    for (const [, m] of some) for (const t of [m.requestType, m.responseType]) keep(types, t, kept);
    kept.set(service, { methods: Object.fromEntries(some) });
  }
  const nested = Object.fromEntries([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ nested: { runtime: { nested: { v1: { nested } } } } })}\n`;
}

/** Keeps `name` and all that it refers to; fields of other systems are dropped. */
function keep(types: Record<string, JsonType>, name: string, kept: Map<string, JsonType>): void {
  if (kept.has(name)) return;
  const type = types[name];
  if (type === undefined) return;
  const fields = Object.entries(type.fields ?? {}).filter(([, f]) => !f.type.startsWith("Windows"));
  for (const [, field] of fields) delete field.options;
  kept.set(
    name,
    type.fields === undefined ? type : { ...type, fields: Object.fromEntries(fields) },
  );
  for (const nested of Object.keys(type.nested ?? {}))
    for (const f of Object.values(type.nested?.[nested]?.fields ?? {})) keep(types, f.type, kept);
  for (const [, field] of fields) keep(types, field.type, kept);
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${cri} has no ${name}`);
  return value;
}

export function readSource(): string {
  const answer = execFileSync("go", ["mod", "download", "-json", cri], { encoding: "utf8" });
  const { Dir } = JSON.parse(answer) as { Dir: string };
  return readFileSync(join(Dir, "pkg/apis/runtime/v1/api.proto"), "utf8");
}

if (import.meta.main) {
  mkdirSync(join(out, ".."), { recursive: true });
  writeFileSync(out, makeFacts(readSource()));
}
