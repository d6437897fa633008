// What authorization and quota cost: a user with a role beside one whom nobody asks, few bindings beside many, a
// namespace with a quota beside one without.
import type { Target } from "../../src/main/https-api.ts";
import { createPod, podOf, pods, post } from "./bodies.ts";
import type { Measure } from "./figure.ts";
import { type Ask, load, warmUp } from "./load.ts";
import { connections, type Measured } from "./process.ts";
import { cpu } from "./requests.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";

export const authorization: Measure = async function* (subject) {
  const get = { method: "GET", path: `${pods}/one` };
  const unasked = await subject.start({ flags: ["--authorization-mode", "AlwaysAllow"] });
  await load(unasked, 1, 1, () => createPod("one"));
  yield cpu("GET, token, nothing authorized, 16 clients", await getMs(await reader(unasked)), "-");
  await unasked.stop();
  const server = await subject.start();
  await load(server, 1, 1, () => createPod("one"));
  const asking = await reader(server);
  yield cpu("GET, token and role, 16 clients", await getMs(asking), "≤ 5 more");
  const few = await load(asking, 16, 20_000, () => get);
  yield { what: "GET, token and role, p99", value: few.p99Ms, unit: "ms", target: "-" };
  await fill(server);
  yield cpu("the same beside 10,000 bindings, 1,000 namespaces", await getMs(asking), "-");
  const many = await load(asking, 16, 20_000, () => get);
  const what = "the same beside 10,000 bindings, 1,000 namespaces, p99";
  yield { what, value: many.p99Ms, unit: "ms", target: "≤ 10 % more" };
  await server.stop();
};

/** CPU of a GET by this client, ms. */
async function getMs(server: Measured): Promise<number> {
  const get = { method: "GET", path: `${pods}/one` };
  await load(server, 16, warmUp, () => get);
  return (await load(server, 16, 20_000, () => get)).cpuMsEach;
}

/** The server for a service account that may read pods of the namespace. */
const reader = (server: Measured): Promise<Measured> =>
  withToken(server, "reader", {
    kind: "RoleBinding",
    path: `${rbac}/namespaces/default/rolebindings`,
    role: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
  });

export const quota: Measure = async function* (subject) {
  const server = await subject.start();
  const into = (namespace: string, name: string): Ask =>
    post(`/api/v1/namespaces/${namespace}/pods`, podOf(name));
  for (const namespace of ["free", "bound"]) {
    await load(server, 1, 1, () => post("/api/v1/namespaces", named("Namespace", namespace)));
    await account(server, namespace, "default");
  }
  const hard = { pods: "100000", "requests.cpu": "100000", "requests.memory": "100Ti" };
  await load(server, 1, 1, () =>
    post("/api/v1/namespaces/bound/resourcequotas", {
      ...named("ResourceQuota", "all"),
      spec: { hard },
    }),
  );
  for (const round of [0, 1])
    for (const namespace of ["free", "bound"]) {
      const count = round === 0 ? warmUp : 3000;
      const made = await load(server, 64, count, (i) => into(namespace, `q${round}-${i}`));
      if (round === 0) continue;
      const target = namespace === "bound" ? "≤ 20 % less" : "-";
      const what = `create of a pod, 64 clients, ${namespace === "bound" ? "with" : "without"} quota`;
      yield { what: `${what}, rate`, value: made.perSecond, unit: "/s", target, more: true };
      yield cpu(what, made.cpuMsEach, "-");
    }
  await server.stop();
};

const named = (kind: string, name: string): { metadata: object } => ({
  ...{ apiVersion: "v1", kind },
  metadata: { name },
});

/** The same server for a service account of this name that the binding gives a role. */
async function withToken(
  server: Measured,
  name: string,
  binding: { kind: string; path: string; role: object },
): Promise<Measured> {
  await account(server, "default", name);
  await load(server, 1, 1, () =>
    post(binding.path, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: binding.kind,
      metadata: { name },
      roleRef: binding.role,
      subjects: [{ kind: "ServiceAccount", namespace: "default", name }],
    }),
  );
  const { key: _, certificate: __, ...target }: Target = server.target;
  return { ...server, target: { ...target, token: await tokenOf(server, name) } };
}

async function account(server: Measured, namespace: string, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  // A controller may have been quicker.
  await load(server, 1, 1, () => post(path, named("ServiceAccount", name))).catch(() => {});
}

async function tokenOf(server: Measured, name: string): Promise<string> {
  const [connection] = connections(server.target, 1);
  const { body, status } = await connection!.api({
    method: "POST",
    path: `/api/v1/namespaces/default/serviceaccounts/${name}/token`,
    query: "",
    headers: { "content-type": "application/json" },
    body: async () =>
      Buffer.from(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" })),
    peer: { address: "" },
    signal: new AbortController().signal,
  });
  const parts: Uint8Array[] = [];
  if (body.is === "stream") for await (const chunks of body.batches) parts.push(...chunks);
  connection!.close();
  if (status >= 300) throw new Error(`a token was refused with ${status}`);
  return JSON.parse(Buffer.concat(parts).toString()).status.token;
}

async function fill(server: Measured): Promise<void> {
  await load(server, 16, 1000, (i) => post("/api/v1/namespaces", named("Namespace", `n${i}`)));
  await load(server, 16, 10_000, (i) =>
    post(`${rbac}/namespaces/n${i % 1000}/rolebindings`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: `b${i}` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `user-${i}` }],
    }),
  );
}
