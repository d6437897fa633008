// Pods that reach for the machine below them.
import { type Row, type Table, told } from "../row.ts";
import { container, evil, mirror } from "./nodes.ts";
import { mallory } from "./tenants.ts";

const pod = (spec: object, annotations: object = {}): object => ({
  metadata: { name: "trick", annotations },
  spec: { containers: [container], ...spec },
});
const level = "pod-security.kubernetes.io/enforce";

/** In a namespace whose pods are held to the restricted level. */
const strict = (name: string, body: object, answer: Row["answer"]): Row => ({
  name,
  answer,
  async run(target) {
    const inside = "/api/v1/namespaces/strict";
    if ((await target.ask(`GET ${inside}`, { as: "admin" })).status === 404) {
      await target.done("POST /api/v1/namespaces", {
        metadata: { name: "strict", labels: { [level]: "baseline" } },
      });
      await target.done(`POST ${inside}/serviceaccounts`, { metadata: { name: "strict" } });
    }
    for (;;) {
      const said = told(await target.ask(`POST ${inside}/pods?dryRun=All`, { as: "admin", body }));
      // Its service account is made by a controller.
      if (!said.includes('serviceaccount "default" not found')) return said;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
});
const host = (path: string): object => pod({ volumes: [{ name: "v", hostPath: { path } }] });

export const podsTable: Table = {
  title: "a pod",
  rows: [
    strict("of the host's files", host("/"), "403 Forbidden"),
    strict("of the host's files by steps", host("/var/../../etc"), "422 Invalid"),
    strict("of the host's network", pod({ hostNetwork: true }), "403 Forbidden"),
    strict("of the host's processes", pod({ hostPID: true }), "403 Forbidden"),
    strict(
      "with privilege",
      pod({ containers: [{ ...container, securityContext: { privileged: true } }] }),
      "403 Forbidden",
    ),
    strict(
      "with privilege in an init container",
      pod({ initContainers: [{ ...container, name: "i", securityContext: { privileged: true } }] }),
      "403 Forbidden",
    ),
    strict(
      "with a capability",
      pod({
        containers: [{ ...container, securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }],
      }),
      "403 Forbidden",
    ),
    strict(
      "with ports of the host",
      pod({ containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 80 }] }] }),
      "403 Forbidden",
    ),
    strict(
      "with unsafe sysctls",
      pod({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }),
      "403 Forbidden",
    ),
    strict(
      "without confinement by an annotation",
      pod({}, { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" }),
      /^(403|422)/,
    ),
    strict(
      "of another operating system, with privilege",
      pod({
        os: { name: "windows" },
        containers: [{ ...container, securityContext: { windowsOptions: { hostProcess: true } } }],
      }),
      /^(403|422)/,
    ),
    strict(
      "with a subPath that steps up",
      pod({
        volumes: [{ name: "v", emptyDir: {} }],
        containers: [
          { ...container, volumeMounts: [{ name: "v", mountPath: "/a", subPath: "../../etc" }] },
        ],
      }),
      "422 Invalid",
    ),
    strict(
      "with an absolute subPath",
      pod({
        volumes: [{ name: "v", emptyDir: {} }],
        containers: [
          { ...container, volumeMounts: [{ name: "v", mountPath: "/a", subPath: "/etc" }] },
        ],
      }),
      "422 Invalid",
    ),
    strict(
      "with a subPathExpr that steps up",
      pod({
        volumes: [{ name: "v", emptyDir: {} }],
        containers: [
          {
            ...container,
            volumeMounts: [{ name: "v", mountPath: "/a", subPathExpr: "$(A)/../.." }],
          },
        ],
      }),
      "422 Invalid",
    ),
    strict(
      "with a mount over a colon",
      pod({
        volumes: [{ name: "v", emptyDir: {} }],
        containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/a:/etc:rw" }] }],
      }),
      "201",
    ),
    strict(
      "with a file of a Secret that steps up",
      pod({
        volumes: [
          {
            name: "v",
            secret: { secretName: "s", items: [{ key: "k", path: "../../etc/passwd" }] },
          },
        ],
      }),
      "422 Invalid",
    ),
    strict(
      "with a file of a projection that steps up",
      pod({
        volumes: [
          { name: "v", projected: { sources: [{ serviceAccountToken: { path: "../t" } }] } },
        ],
      }),
      "422 Invalid",
    ),
    strict(
      "with a log of its end that steps up",
      pod({ containers: [{ ...container, terminationMessagePath: "../../etc/passwd" }] }),
      /^(201|422)/,
    ),
    strict(
      "with a repository of git that steps up",
      pod({
        volumes: [{ name: "v", gitRepo: { repository: "--upload-pack=x", directory: "../.." } }],
      }),
      "422 Invalid",
    ),
    strict("that says it is a mirror", pod({ nodeName: "n1" }, mirror), /^(201|403|422)/),
    strict(
      "with ephemeral containers from the start",
      pod({ ephemeralContainers: [{ name: "e", image: "i" }] }),
      "422 Invalid",
    ),
    strict(
      "with a scheduling gate and a node",
      pod({ nodeName: "n1", schedulingGates: [{ name: "a.b/c" }] }),
      "422 Invalid",
    ),
    strict(
      "with the priority of the system",
      pod({ priorityClassName: "system-node-critical", priority: 1 }),
      /^(403|422)/,
    ),
    strict("with a priority beyond all", pod({ priority: 2_000_001_000 }), /^(403|422)/),
    strict(
      "with the name of a resolver's trick",
      pod({ hostAliases: [{ ip: "127.0.0.1\n0.0.0.0 x", hostnames: ["a"] }] }),
      "422 Invalid",
    ),
    strict(
      "with a search domain of the resolver's own lines",
      pod({ dnsConfig: { searches: ["a\nnameserver 1.2.3.4"] } }),
      "422 Invalid",
    ),
    {
      name: "with a privileged ephemeral container",
      answer: "403 Forbidden",
      async run(target) {
        const inside = "/api/v1/namespaces/strict";
        const path = `${inside}/pods/plain`;
        const spec = { serviceAccountName: "strict", nodeName: "n1", containers: [container] };
        const there = await target.ask(`GET ${path}`, { as: "admin" });
        if (there.status === 404)
          await target.done(`POST ${inside}/pods`, { metadata: { name: "plain" }, spec });
        const securityContext = { privileged: true };
        const ephemeralContainers = [{ name: "e", image: "i", securityContext }];
        return told(
          await target.ask(`PATCH ${path}/ephemeralcontainers`, {
            as: "admin",
            body: { spec: { ephemeralContainers } },
          }),
        );
      },
    },
    mallory(
      "with another namespace's account",
      `POST ${evil}/pods`,
      {
        metadata: { name: "x" },
        spec: {
          serviceAccountName: "system:serviceaccount:quiet:default",
          containers: [container],
        },
      },
      /^(403|422)/,
    ),
  ],
};
