// The cluster that is attacked: two tenants, two nodes with a pod and its Secret each.
import type { Target } from "./target.ts";

export const quietWord = "what-only-quinn-may-read";

export const quietMaps = "/api/v1/namespaces/quiet/configmaps";
export const evilMaps = "/api/v1/namespaces/evil/configmaps";
export const rbac = "/apis/rbac.authorization.k8s.io/v1";

const apiGroup = "rbac.authorization.k8s.io";

export async function furnish({ done, ask }: Target): Promise<void> {
  for (const [team, user] of [
    ["evil", "mallory"],
    ["quiet", "quinn"],
  ] as const) {
    await done("POST /api/v1/namespaces", { metadata: { name: team } });
    await done(`POST ${rbac}/namespaces/${team}/rolebindings`, {
      metadata: { name: "owner" },
      roleRef: { apiGroup, kind: "ClusterRole", name: "admin" },
      subjects: [{ apiGroup, kind: "User", name: user }],
    });
    const inside = `/api/v1/namespaces/${team}`;
    const word = team === "quiet" ? quietWord : "what-mallory-wrote";
    await done(`POST ${inside}/configmaps`, {
      metadata: { name: "same" },
      data: { of: word },
    });
    await done(`POST ${inside}/secrets`, {
      metadata: { name: "own" },
      stringData: { k: word },
    });
  }
  for (const node of ["n1", "n2"]) {
    await done("POST /api/v1/nodes", { metadata: { name: node } });
    const inside = "/api/v1/namespaces/quiet";
    await done(`POST ${inside}/secrets`, {
      metadata: { name: `of-${node}` },
      stringData: { k: "v" },
    });
    await soon(`a pod on ${node}`, async () => {
      const { status } = await ask(`POST ${inside}/pods`, { body: podOn(node), as: "admin" });
      // Its service account is made by a controller.
      return status === 201;
    });
  }
  await done("POST /api/v1/namespaces/evil/serviceaccounts", { metadata: { name: "bot" } });
  await soon("the roles of the tenants", async () => {
    const { status } = await ask(`GET ${quietMaps}/same`, { as: "quinn" });
    return status === 200;
  });
}

const podOn = (node: string): object => ({
  metadata: { name: `on-${node}` },
  spec: {
    nodeName: node,
    containers: [{ name: "c", image: "i" }],
    volumes: [{ name: "v", secret: { secretName: `of-${node}` } }],
  },
});

const soonMs = 60_000;

/** Looks again and again; throws when it has not come about in a time that is generous on any machine. */
export async function soon(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + soonMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
