// What upstream asks of `metadata.generateName`: of most kinds what it asks of the name, of some less or more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../../test/kit/api-server.ts";

const template = {
  metadata: { labels: { a: "b" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};
const signed = { signerName: "example.com/s", trustBundle: "" };

test("what a name is made from is held to upstream's rule when an object is made", async () => {
  const api = apiServer();
  const rows: [string, object, string, string[]][] = [
    ["/api/v1/namespaces/a/configmaps", {}, "A_", ["a lowercase RFC 1123 subdomain"]],
    [
      "/api/v1/namespaces/a/replicationcontrollers",
      { spec: { selector: { a: "b" }, template } },
      "A_",
      [],
    ],
    ["/apis/resource.k8s.io/v1/deviceclasses", { spec: {} }, "A_", []],
    ["/apis/resource.k8s.io/v1/deviceclasses", { spec: {} }, "a/", ["may not contain '/'"]],
    [
      "/apis/apiregistration.k8s.io/v1/apiservices",
      { spec: { group: "g", version: "v1" } },
      "v1.h",
      ['must be `spec.version+"."+spec.group`: "v1.g"'],
    ],
    [
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      { spec: { group: "g.x", names: { plural: "as", kind: "A" }, versions: [] } },
      "as.h",
      ['must be spec.names.plural+"."+spec.group'],
    ],
    [
      "/apis/certificates.k8s.io/v1/clustertrustbundles",
      { spec: signed },
      "other",
      ["ClusterTrustBundle for signerName example.com/s must be named with prefix example.com:s:"],
    ],
    ["/apis/certificates.k8s.io/v1/clustertrustbundles", { spec: signed }, "example.com:s:a-", []],
  ];
  for (const [path, body, generateName, expected] of rows) {
    const metadata = { name: "a", generateName };
    const { body: answer } = await api.ask(`POST ${path}?dryRun=All`, { ...body, metadata });
    assert.deepEqual(refusals(answer), expected.length, `${path} ${JSON.stringify(answer)}`);
    for (const [i, text] of expected.entries())
      assert.ok(told(answer)[i]!.includes(text), `${path} ${JSON.stringify(answer)}`);
  }
});

test("changes hold it to the rule for names only where upstream does", async () => {
  const api = apiServer();
  const rows: [string, object, boolean][] = [
    ["/api/v1/namespaces/a/services", { spec: { ports: [{ port: 80 }] } }, false],
    ["/apis/node.k8s.io/v1/runtimeclasses", { handler: "h" }, true],
    [
      "/apis/storagemigration.k8s.io/v1/storageversionmigrations",
      { spec: { resource: { group: "", resource: "configmaps" } } },
      true,
    ],
    ["/api/v1/namespaces/a/configmaps", {}, true],
  ];
  for (const [path, body, refused] of rows) {
    const made = await api.done(`POST ${path}`, { ...body, metadata: { name: "a" } });
    const metadata = { ...made.metadata, generateName: "A_" };
    const { body: answer } = await api.ask(`PUT ${path}/a`, { ...made, metadata });
    assert.equal(refusals(answer), refused ? 1 : 0, `${path} ${JSON.stringify(answer)}`);
  }
});

type Answer = { details?: { causes?: { field: string; message: string }[] } };

const told = ({ details }: Answer): string[] =>
  (details?.causes ?? [])
    .filter(({ field }) => field === "metadata.generateName")
    .map(({ message }) => message);

const refusals = (answer: Answer): number => told(answer).length;
