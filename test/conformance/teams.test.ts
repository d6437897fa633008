// Two teams share a cluster: what each may, what is kept from it, and what it is told. With kubectl, and from inside a pod.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  type Machine,
  makeMachine,
  type Output,
  run,
  testImages,
  whyNoContainers,
  whyNoKubectl,
} from "../e2e/machine.ts";
import { python, whyNoPython } from "./python/environment.ts";

const roleBinding = (namespace: string, name: string, role: string, subject: object) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name, namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
  subjects: [subject],
});
const group = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });

const quota = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "team", namespace: "blue" },
  spec: { hard: { pods: "10", "requests.cpu": "4" } },
};
const limits = {
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "team", namespace: "blue" },
  spec: {
    limits: [{ type: "Container", defaultRequest: { cpu: "100m" }, default: { cpu: "2" } }],
  },
};
const pod = (name: string, cpu?: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    containers: [
      {
        name: "a",
        image: "example.com/a",
        ...(cpu === undefined ? {} : { resources: { requests: { cpu } } }),
      },
    ],
  },
});

describe("two teams and a viewer", { skip: whyNoKubectl() ?? false }, () => {
  let machine: Machine;
  before(async () => {
    machine = makeMachine("teams", ["--node", "none"]);
    await machine.up();
    for (const team of ["blue", "red"]) {
      await machine.kubectl("create", "namespace", team);
      await machine.apply(roleBinding(team, "team", "edit", group(team)));
      await machine.apply(roleBinding(team, "viewers", "view", group("viewers")));
    }
    await machine.apply(quota);
    await machine.apply(limits);
    for (const [user, team] of [
      ["ann", "blue"],
      ["bob", "red"],
      ["vic", "viewers"],
    ] as const) {
      const made = await machine.coxswain("kubeconfig", "--user", user, "--group", team);
      assert.equal(made.code, 0, made.stderr);
      writeFileSync(join(machine.folder, user), made.stdout, { mode: 0o600 });
    }
  });
  after(() => machine?.[Symbol.asyncDispose]());

  /** kubectl as somebody, in a namespace. */
  const as = (user: string, namespace: string, words: string, input?: object): Promise<Output> =>
    machine.tryKubectl(
      ["--kubeconfig", join(machine.folder, user), "-n", namespace, ...words.split(" ")],
      input === undefined ? "" : JSON.stringify(input),
    );
  const may = async (user: string, namespace: string, words: string, input?: object) => {
    const { code, stdout, stderr } = await as(user, namespace, words, input);
    assert.equal(code, 0, `${user} ${words}: ${stderr}`);
    return stdout;
  };
  const mayNot = async (
    user: string,
    namespace: string,
    words: string,
    told: string,
    input?: object,
  ) => {
    const { code, stderr } = await as(user, namespace, words, input);
    assert.notEqual(code, 0, `${user} ${words}`);
    assert.ok(stderr.includes(told), `${user} ${words}: ${stderr}`);
  };

  test("each is who the certificate says", async () => {
    const said = await may(
      "ann",
      "blue",
      "auth whoami -o jsonpath={.status.userInfo.username}{.status.userInfo.groups}",
    );
    assert.equal(said, 'ann["blue","system:authenticated"]');
    const list = await may("vic", "blue", "auth can-i --list");
    assert.match(list, /^pods +\[\] +\[\] +\[get list watch\]$/m);
    assert.doesNotMatch(list, /^secrets /m);
  });

  test("the same names in both namespaces, and neither sees the other's", async () => {
    for (const [user, team] of [
      ["ann", "blue"],
      ["bob", "red"],
    ] as const)
      await may(user, team, `create configmap shared --from-literal=of=${team}`);
    assert.equal(await may("ann", "blue", "get configmap shared -o jsonpath={.data.of}"), "blue");
    assert.equal(await may("bob", "red", "get configmap shared -o jsonpath={.data.of}"), "red");
    const cannot = (user: string, verb: string, what: string, where: string): string =>
      `${what} is forbidden: User "${user}" cannot ${verb} resource "${what.split(" ")[0]}" in API group "" in the namespace "${where}"`;
    await mayNot("ann", "red", "get configmaps", cannot("ann", "list", "configmaps", "red"));
    await mayNot(
      "ann",
      "red",
      "get configmap shared",
      cannot("ann", "get", 'configmaps "shared"', "red"),
    );
    await mayNot(
      "bob",
      "blue",
      "delete configmap shared",
      cannot("bob", "delete", 'configmaps "shared"', "blue"),
    );
    await mayNot(
      "bob",
      "blue",
      "create secret generic s",
      cannot("bob", "create", "secrets", "blue"),
    );
    await mayNot("bob", "blue", "get namespaces", 'cannot list resource "namespaces"');
    await mayNot("ann", "blue", "get configmaps --all-namespaces", "at the cluster scope");
  });

  test("the viewer reads both and changes neither; secrets are not for viewers", async () => {
    for (const team of ["blue", "red"]) {
      await may("vic", team, "get configmap shared");
      await mayNot("vic", team, "delete configmap shared", 'cannot delete resource "configmaps"');
      await mayNot("vic", team, "get secrets", 'cannot list resource "secrets"');
      await mayNot("vic", team, "label configmap shared a=b", 'cannot patch resource "configmaps"');
    }
  });

  test("limits fill in what was not said, quotas stop the 5th CPU and the 11th pod", async () => {
    await machine.until(
      ["-n", "blue", "get", "quota", "team", "-o", "jsonpath={.status.used.pods}"],
      (out) => out === "0",
    );
    await may("ann", "blue", "apply -f -", pod("p1"));
    const resources = await may(
      "ann",
      "blue",
      "get pod p1 -o jsonpath={.spec.containers[0].resources}",
    );
    assert.deepEqual(JSON.parse(resources), { limits: { cpu: "2" }, requests: { cpu: "100m" } });
    await may("ann", "blue", "apply -f -", pod("p2", "2"));
    await may("ann", "blue", "apply -f -", pod("p3", "1"));
    const cpu =
      'pods "p4" is forbidden: exceeded quota: team, requested: requests.cpu=1, used: requests.cpu=3100m, limited: requests.cpu=4';
    await mayNot("ann", "blue", "apply -f -", cpu, pod("p4", "1"));
    for (let i = 4; i <= 10; i++) await may("ann", "blue", "apply -f -", pod(`p${i}`, "10m"));
    const count =
      'pods "p11" is forbidden: exceeded quota: team, requested: pods=1, used: pods=10, limited: pods=10';
    await mayNot("ann", "blue", "apply -f -", count, pod("p11", "10m"));
    await may("ann", "blue", "delete pod p10 --force --grace-period=0 --wait=true");
    await machine.until(
      ["-n", "blue", "get", "quota", "team", "-o", "jsonpath={.status.used.pods}"],
      (out) => out === "9",
    );
    await may("ann", "blue", "apply -f -", pod("p11", "10m"));
    await mayNot("ann", "blue", "delete quota team", 'cannot delete resource "resourcequotas"');
  });

  test("nobody gives himself more", async () => {
    await machine.apply(
      roleBinding("red", "admins", "admin", { ...group("x"), kind: "User", name: "bob" }),
    );
    const role = "create role all --verb=* --resource=*.*";
    await mayNot(
      "bob",
      "red",
      role,
      'roles.rbac.authorization.k8s.io "all" is forbidden: user "bob" (groups=["red" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
    );
    await may("bob", "red", "create role reader --verb=get --resource=configmaps");
    await may("bob", "red", "create rolebinding reader --role=reader --user=ann");
    await may("ann", "red", "get configmap shared");
    await mayNot(
      "bob",
      "red",
      "create rolebinding root --clusterrole=cluster-admin --user=bob",
      "not currently held",
    );
    await mayNot(
      "bob",
      "red",
      "create clusterrolebinding root --clusterrole=cluster-admin --user=bob",
      'cannot create resource "clusterrolebindings"',
    );
    await mayNot(
      "bob",
      "red",
      "get pods --as=ann",
      'cannot impersonate-on:user-info:list resource "pods"',
    );
    const masters = await machine.coxswain(
      "kubeconfig",
      "--user",
      "bob",
      "--group",
      "system:masters",
    );
    assert.equal(masters.code, 1);
    assert.match(masters.stderr, /system:masters group is not allowed/);
  });
});

/** The same cluster for the Python client: teams of their own, so that neither story waits for the other. */
test("two teams and a viewer with the Python client", async (t) => {
  const why = whyNoKubectl() ?? (await whyNoPython());
  if (why !== undefined) return t.skip(why);
  await using machine = makeMachine("teams-python", ["--node", "none"]);
  await machine.up();
  for (const team of ["pink", "rust"]) {
    await machine.kubectl("create", "namespace", team);
    await machine.apply(roleBinding(team, "team", "admin", group(team)));
    await machine.apply(roleBinding(team, "viewers", "view", group("viewers")));
  }
  const inPink = { metadata: { name: "team", namespace: "pink" } };
  await machine.apply({ ...quota, ...inPink });
  await machine.apply({ ...limits, ...inPink });
  const files: string[] = [];
  for (const [user, team] of [
    ["pia", "pink"],
    ["rex", "rust"],
    ["val", "viewers"],
  ] as const) {
    const made = await machine.coxswain("kubeconfig", "--user", user, "--group", team);
    assert.equal(made.code, 0, made.stderr);
    files.push(join(machine.folder, user));
    writeFileSync(files.at(-1)!, made.stdout, { mode: 0o600 });
  }
  await machine.until(
    ["-n", "pink", "get", "quota", "team", "-o", "jsonpath={.status.used.pods}"],
    (out) => out === "0",
  );
  const script = join(import.meta.dirname, "python/teams.py");
  const { code, stdout, stderr } = await run(python, [script, ...files]);
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /done/);
});

/** Asks the API with the account's own token, as a program in a pod does. */
const deployer = `
const { readFileSync } = require("node:fs");
const https = require("node:https");
const folder = "/var/run/secrets/kubernetes.io/serviceaccount/";
const token = readFileSync(folder + "token", "utf8");
const ca = readFileSync(folder + "ca.crt");
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const ask = (path, body) =>
  new Promise((resolve) => {
    const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
    const method = body === undefined ? "GET" : "POST";
    const sent = https.request({ host, port, path, ca, method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on("error", (error) => resolve(error.message));
    sent.end(body && JSON.stringify(body));
  });
(async () => {
  const made = { metadata: { name: "made-inside" }, data: { by: "pod" } };
  console.log("made", await ask("/api/v1/namespaces/inside/configmaps", made));
  console.log("secrets", await ask("/api/v1/namespaces/inside/secrets"));
  console.log("others", await ask("/api/v1/namespaces/default/configmaps", made));
  console.log("finished");
})();
`;

test("a service account that may deploy does so from inside a pod, and no more", async (t) => {
  const why = whyNoContainers() ?? whyNoKubectl();
  if (why !== undefined) return t.skip(why);
  await using machine = makeMachine("inside", ["--node", "real"]);
  await machine.up();
  const loaded = await machine.coxswain(
    "image",
    "load",
    ...testImages(["model-training-operator"]),
  );
  assert.equal(loaded.code, 0, loaded.stderr);
  await machine.kubectl("create", "namespace", "inside");
  await machine.kubectl("-n", "inside", "create", "serviceaccount", "deployer");
  await machine.kubectl(
    "-n",
    "inside",
    "create",
    "role",
    "deployer",
    "--verb=create",
    "--resource=configmaps",
  );
  await machine.kubectl(
    "-n",
    "inside",
    "create",
    "rolebinding",
    "deployer",
    "--role=deployer",
    "--serviceaccount=inside:deployer",
  );
  await machine.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "inside" },
    spec: {
      serviceAccountName: "deployer",
      restartPolicy: "Never",
      containers: [
        {
          name: "a",
          image: "coxswain/model-training-operator:1.0",
          command: ["node", "-e", deployer],
        },
      ],
    },
  });
  const log = await machine.until(
    ["-n", "inside", "logs", "p"],
    (out) => out.includes("finished"),
    90,
  );
  const by = await machine.kubectl(
    "-n",
    "inside",
    "get",
    "configmap",
    "made-inside",
    "-o",
    "jsonpath={.data.by}",
  );
  assert.equal(by, "pod");
  assert.match(log, /^made 201\nsecrets 403\nothers 403\n/m);
});
