import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "./kinds/index.ts";
import type { Published } from "./openapi-operation.ts";
import { openApiV2Protobuf } from "./openapi-protobuf.ts";
import { groupOperation, issuerKeysOperation, versionOperation } from "./openapi-roots.ts";
import type { Json } from "./openapi-schemas.ts";
import { openApiV2 } from "./openapi-v2.ts";
import { openApiV3, openApiV3Root } from "./openapi-v3.ts";
import { WireReader } from "./protobuf-wire.ts";
import { apiServices, configMaps, deployments, pods, statefulSets } from "./resources.ts";

const everything = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
] as const;
const options = { release: "1.37" };
const of = (resource: Published["resource"], rest: Partial<Published> = {}): Published => ({
  resource,
  verbs: everything,
  subresources: [],
  ...rest,
});
const deployment = of(deployments as never, {
  subresources: [
    { name: "status", verbs: ["get", "update", "patch"] },
    { name: "scale", verbs: ["get"], body: { group: "autoscaling", version: "v1", kind: "Scale" } },
  ],
});
const thing = of(
  {
    group: "stable.example.com",
    version: "v1",
    kind: "Thing",
    plural: "things",
    scope: "Namespaced",
    type: "",
  },
  {
    schema: {
      type: "object",
      description: "A thing",
      properties: {
        spec: {
          type: "object",
          properties: {
            size: { type: "integer", default: 3, minimum: 1 },
            port: { "x-kubernetes-int-or-string": true },
            maybe: { type: "string", nullable: true },
            inner: { type: "object", "x-kubernetes-embedded-resource": true },
            one: { type: "object", oneOf: [{ required: ["a"] }] },
          },
        },
      },
    },
  },
);

/** Follows keys into a document. */
const at = (document: unknown, ...keys: string[]): Json =>
  keys.reduce((here, key) => (here as Json)[key], document) as Json;

const apps = JSON.parse(openApiV3({ group: "apps", version: "v1" }, [deployment], options));
const object = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";

test("a document lists the operations of its resources, with what kubectl looks for", () => {
  const patch = at(apps, "paths", object, "patch");
  assert.equal(patch["operationId"], "patchAppsV1NamespacedDeployment");
  assert.equal(patch["x-kubernetes-action"], "patch");
  assert.deepEqual(patch["x-kubernetes-group-version-kind"], {
    group: "apps",
    version: "v1",
    kind: "Deployment",
  });
  const names = (patch["parameters"] as Json[]).map(({ name }) => name);
  assert.deepEqual(names, ["dryRun", "fieldManager", "fieldValidation", "force"]);
  assert.deepEqual(
    (at(apps, "paths", object)["parameters"] as unknown as Json[]).map(({ name }) => name),
    ["name", "namespace", "pretty"],
  );
  assert.equal(
    at(apps, "paths", `${object}/scale`, "get")["operationId"],
    "readAppsV1NamespacedDeploymentScale",
  );
  const watch = "/apis/apps/v1/watch/namespaces/{namespace}/deployments";
  assert.equal(
    at(apps, "paths", watch, "get")["operationId"],
    "watchAppsV1NamespacedDeploymentList",
  );
});

test("definitions state types, defaults, merge keys, kinds and enums", () => {
  const schemas = at(apps, "components", "schemas");
  assert.deepEqual(at(schemas, "io.k8s.api.core.v1.PodSpec", "properties", "containers"), {
    type: "array",
    items: { $ref: "#/components/schemas/io.k8s.api.core.v1.Container" },
    "x-kubernetes-list-map-keys": ["name"],
    "x-kubernetes-list-type": "map",
    "x-kubernetes-patch-merge-key": "name",
    "x-kubernetes-patch-strategy": "merge",
  });
  assert.deepEqual(at(schemas, "io.k8s.api.core.v1.ContainerPort", "properties", "protocol"), {
    type: "string",
    enum: ["SCTP", "TCP", "UDP"],
    default: "TCP",
  });
  assert.deepEqual(at(schemas, deployments.type)["required"], ["spec"]);
  assert.deepEqual(at(schemas, deployments.type)["x-kubernetes-group-version-kind"], [
    { group: "apps", kind: "Deployment", version: "v1" },
  ]);
  assert.deepEqual(at(schemas, "io.k8s.apimachinery.pkg.util.intstr.IntOrString"), {
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  });
});

test("every reference leads to a definition", () => {
  const document = JSON.stringify(apps);
  const schemas = at(apps, "components", "schemas");
  for (const [, name] of document.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    assert.ok(schemas[name!], name);
  }
});

test("connections and logs take their options from the query", () => {
  const pod = of(pods as never, {
    subresources: [
      { name: "log", verbs: ["get"] },
      { name: "exec", verbs: ["get", "create"] },
      { name: "proxy", verbs: ["get"] },
    ],
  });
  const core = JSON.parse(openApiV3({ group: "", version: "v1" }, [pod], options));
  const path = "/api/v1/namespaces/{namespace}/pods/{name}";
  const exec = at(core, "paths", `${path}/exec`);
  assert.equal(at(exec, "post")["operationId"], "connectCoreV1PostNamespacedPodExec");
  assert.ok((exec["parameters"] as Json[]).some(({ name }) => name === "command"));
  const log = at(core, "paths", `${path}/log`);
  assert.ok((log["parameters"] as Json[]).some(({ name }) => name === "tailLines"));
  assert.ok(at(core, "paths", `${path}/proxy/{path}`, "options"));
});

test("a custom resource is published as its author wrote it, beside the parts that all objects have", () => {
  const { group, version } = thing.resource;
  const document = JSON.parse(openApiV3({ group, version }, [thing], options));
  const schema = at(document, "components", "schemas", "com.example.stable.v1.Thing");
  assert.equal(schema["description"], "A thing");
  assert.ok(at(schema, "properties", "metadata")["allOf"]);
  const spec = at(schema, "properties", "spec", "properties");
  assert.deepEqual(spec["size"], { type: "integer", default: 3, minimum: 1 });
  assert.deepEqual(at(spec, "port")["anyOf"], [{ type: "integer" }, { type: "string" }]);
  assert.deepEqual(at(spec, "inner")["required"], ["kind", "apiVersion"]);
  const list = at(
    document,
    "paths",
    "/apis/stable.example.com/v1/namespaces/{namespace}/things",
    "get",
  );
  assert.equal(list["operationId"], "listStableExampleComV1NamespacedThing");
});

test("version 2 leaves out what it has no words for", () => {
  const document = openApiV2([of(configMaps as never), thing], options);
  const spec = at(
    document,
    "definitions",
    "com.example.stable.v1.Thing",
    "properties",
    "spec",
    "properties",
  );
  assert.deepEqual(spec["size"], { type: "integer", minimum: 1 });
  assert.deepEqual(spec["port"], { "x-kubernetes-int-or-string": true });
  assert.deepEqual(spec["maybe"], {});
  assert.deepEqual(spec["one"], { type: "object" });
  const map = at(document, "definitions", configMaps.type, "properties", "metadata");
  assert.deepEqual(map, {
    $ref: "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    description: "Standard object's metadata: name, labels, owners and what the server knows.",
  });
});

test("version 2 in protobuf names the same paths and definitions", () => {
  const document = openApiV2([of(configMaps as never)], options);
  const found: Record<number, string[]> = { 8: [], 9: [] };
  const reader = new WireReader(openApiV2Protobuf(document));
  while (!reader.done) {
    const tag = reader.tag();
    const names = found[tag >>> 3];
    if (!names) {
      reader.skip(tag & 7);
      continue;
    }
    const list = reader.message();
    while (!list.done) {
      list.tag();
      const entry = list.message();
      entry.tag();
      names.push(entry.string());
    }
  }
  assert.deepEqual(found[8], Object.keys(at(document, "paths")));
  assert.deepEqual(found[9], Object.keys(at(document, "definitions")));
});

test("the roots have documents of one operation", () => {
  const apps = JSON.parse(openApiV3Root(groupOperation("apps"), options));
  assert.equal(at(apps, "paths", "/apis/apps/", "get")["operationId"], "getAppsAPIGroup");
  const version = JSON.parse(openApiV3Root(versionOperation, options));
  assert.ok(at(version, "components", "schemas", "io.k8s.apimachinery.pkg.version.Info"));
});

test("a document says what upstream says of deletes, of unions and of the issuer of tokens", () => {
  const whole = openApiV2(builtinKinds as never, options);
  const deleted = (path: string) =>
    at(whole, "paths", path, "delete", "responses", "200", "schema")["$ref"];
  const status = "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status";
  assert.equal(deleted("/api/v1/namespaces/{name}"), status);
  assert.equal(
    deleted("/api/v1/namespaces/{namespace}/pods/{name}"),
    "#/definitions/io.k8s.api.core.v1.Pod",
  );
  const union = (name: string) => at(whole, "definitions", name)["x-kubernetes-unions"];
  assert.deepEqual(union("io.k8s.api.flowcontrol.v1.Subject"), [
    {
      discriminator: "kind",
      "fields-to-discriminateBy": {
        group: "Group",
        serviceAccount: "ServiceAccount",
        user: "User",
      },
    },
  ]);
  assert.equal(union("io.k8s.api.core.v1.Pod"), undefined);
  const keys = at(whole, "paths", "/openid/v1/jwks/", "get");
  assert.deepEqual(
    [keys["operationId"], keys["produces"], keys["consumes"]],
    ["getServiceAccountIssuerOpenIDKeyset", ["application/jwk-set+json"], undefined],
  );
});

test("what a definition says of a map and of bytes is published", () => {
  const schemasOf = (document: string) => at(JSON.parse(document), "components", "schemas");
  const stateful = schemasOf(
    openApiV3({ group: "apps", version: "v1" }, [of(statefulSets as never)], options),
  );
  const claim = at(stateful, "io.k8s.api.core.v1.PersistentVolumeClaimStatus", "properties");
  assert.equal(at(claim, "allocatedResourceStatuses")["x-kubernetes-map-type"], "granular");
  assert.equal(at(claim, "allocatedResources")["x-kubernetes-map-type"], undefined);
  const services = schemasOf(
    openApiV3(
      { group: "apiregistration.k8s.io", version: "v1" },
      [of(apiServices as never)],
      options,
    ),
  );
  const aggregator = "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec";
  const bundle = at(services, aggregator, "properties", "caBundle");
  assert.equal(bundle["x-kubernetes-list-type"], "atomic");
  const version = schemasOf(openApiV3Root(versionOperation, options));
  const major = at(version, "io.k8s.apimachinery.pkg.version.Info", "properties", "major");
  assert.deepEqual(major, { type: "string", default: "" });
  const keys = JSON.parse(openApiV3Root(issuerKeysOperation, options));
  assert.equal(at(keys, "components")["schemas"], undefined);
});

test("in version 2, deletes belong to every group version that upstream knows", () => {
  const document = openApiV2([of(deployments as never)], options);
  const name = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
  const kinds = at(document, "definitions", name)["x-kubernetes-group-version-kind"] as Json[];
  const versions = kinds.map(({ group, version }) => `${group}/${version}`);
  assert.ok(versions.includes("apiextensions.k8s.io/v1beta1"));
  assert.ok(!versions.some((one) => one.startsWith("apidiscovery.k8s.io/")));
});
