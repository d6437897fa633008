import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode } from "./decode.ts";
import { canonicalDuration, durationNanos, durationText } from "./decode-duration.ts";
import { canonicalMicroTime, canonicalTime, timeFromParts, timeParts } from "./decode-time.ts";
import { shapeOf } from "./facts.ts";

const shapes = {
  pod: shapeOf("io.k8s.api.core.v1.Pod"),
  secret: shapeOf("io.k8s.api.core.v1.Secret"),
  role: shapeOf("io.k8s.api.rbac.v1.Role"),
  deployment: shapeOf("io.k8s.api.apps.v1.Deployment"),
  schema: shapeOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"),
};

const container = { name: "c", resources: {} };

const accepted: { of: keyof typeof shapes; from: unknown; to: unknown }[] = [
  { of: "pod", from: {}, to: { metadata: {}, spec: { containers: [] }, status: {} } },
  {
    of: "pod",
    from: {
      spec: {
        hostNetwork: false,
        nodeName: "",
        volumes: [],
        nodeSelector: {},
        containers: [{ name: "c" }],
      },
    },
    to: { metadata: {}, spec: { containers: [container] }, status: {} },
  },
  {
    of: "pod",
    from: { spec: { enableServiceLinks: false, securityContext: {}, containers: null } },
    to: {
      metadata: {},
      spec: { containers: [], securityContext: {}, enableServiceLinks: false },
      status: {},
    },
  },
  {
    of: "pod",
    from: {
      spec: { containers: [{ name: "c", resources: { limits: { cpu: 1, memory: " 1024Mi " } } }] },
    },
    to: {
      metadata: {},
      spec: { containers: [{ name: "c", resources: { limits: { cpu: "1", memory: "1Gi" } } }] },
      status: {},
    },
  },
  {
    of: "pod",
    from: { metadata: { labels: { a: null }, finalizers: [null], creationTimestamp: null } },
    to: { metadata: { labels: { a: "" }, finalizers: [""] }, spec: { containers: [] }, status: {} },
  },
  {
    of: "pod",
    from: { metadata: { creationTimestamp: "2024-01-02T03:04:05.678+01:00" } },
    to: {
      metadata: { creationTimestamp: "2024-01-02T02:04:05Z" },
      spec: { containers: [] },
      status: {},
    },
  },
  {
    of: "secret",
    from: { data: { a: "YWI=", b: "YW\nJj" } },
    to: { metadata: {}, data: { a: "YWI=", b: "YWJj" } },
  },
  { of: "secret", from: { data: { a: [0, 255] } }, to: { metadata: {}, data: { a: "AP8=" } } },
  { of: "role", from: {}, to: { metadata: {}, rules: [] } },
  {
    of: "schema",
    from: {
      items: { type: "string", unknown: 1 },
      additionalProperties: false,
      default: { a: [1] },
    },
    to: { items: { type: "string" }, additionalProperties: false, default: { a: [1] } },
  },
];

test("what upstream accepts comes out in its canonical form", () => {
  for (const { of, from, to } of accepted) assert.deepEqual(decode(shapes[of], from).object, to);
});

const refused: { of: keyof typeof shapes; from: unknown; message: RegExp }[] = [
  {
    of: "pod",
    from: { spec: "x" },
    message: /^json: cannot unmarshal string into Go struct field Pod\.spec of type v1\.PodSpec$/,
  },
  { of: "pod", from: [], message: /^json: cannot unmarshal array into Go value of type v1\.Pod$/ },
  {
    of: "pod",
    from: {
      spec: { containers: [{ ports: [{ containerPort: 80.5 }] }], activeDeadlineSeconds: "3" },
    },
    message:
      /^json: cannot unmarshal number 80\.5 into Go struct field ContainerPort\.spec\.containers\.ports\.containerPort of type int32$/,
  },
  {
    of: "pod",
    from: { metadata: { labels: { a: 1 } } },
    message:
      /^json: cannot unmarshal number into Go struct field ObjectMeta\.metadata\.labels of type string$/,
  },
  {
    of: "pod",
    from: {
      metadata: { labels: 1 },
      spec: { containers: [{ resources: { limits: { cpu: "x" } } }] },
    },
    message: /^quantities must match the regular expression/,
  },
  {
    of: "deployment",
    from: { spec: { replicas: 2147483648 } },
    message:
      /^json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
  },
  {
    of: "deployment",
    from: { spec: { strategy: { rollingUpdate: { maxUnavailable: 5.5 } } } },
    message:
      /RollingUpdateDeployment\.spec\.strategy\.rollingUpdate\.maxUnavailable of type int32$/,
  },
  {
    of: "secret",
    from: { data: { a: 1 } },
    message: /number into Go struct field Secret\.data of type \[\]uint8$/,
  },
  { of: "secret", from: { data: { a: "YW*i" } }, message: /^illegal base64 data at input byte 2$/ },
  { of: "secret", from: { data: { a: "YWI" } }, message: /^illegal base64 data/ },
  { of: "schema", from: { additionalProperties: 1 }, message: /^boolean or JSON schema expected$/ },
  {
    of: "pod",
    from: { metadata: { creationTimestamp: "2024-02-30T00:00:00Z" } },
    message: /^parsing time "2024-02-30T00:00:00Z": day out of range$/,
  },
  {
    of: "pod",
    from: { kind: true },
    message:
      /^json: cannot unmarshal bool into Go struct field Pod\.TypeMeta\.kind of type string$/,
  },
  {
    of: "schema",
    from: { not: { items: { required: "x" } } },
    message:
      /^json: cannot unmarshal string into Go struct field JSONSchemaProps\.not\.items\.required of type \[\]string$/,
  },
  // Of two values that end the decoding, the first of the document decides.
  {
    of: "pod",
    from: { spec: { overhead: { cpu: "x" } }, metadata: { creationTimestamp: "1500m" } },
    message: /^quantities must match/,
  },
  {
    of: "pod",
    from: { metadata: { creationTimestamp: "1500m" } },
    message: /^parsing time "1500m" as "2006-01-02T15:04:05Z07:00": cannot parse "m" as "-"$/,
  },
  { of: "secret", from: { data: { a: [256] } }, message: /number 256 into .* of type uint8$/ },
];

test("what upstream refuses is refused in its words", () => {
  for (const { of, from, message } of refused) {
    assert.throws(() => decode(shapes[of], from), { name: "DecodeError", message });
  }
});

test("unknown fields are named in the order of the document, when asked for", () => {
  const value = {
    foo: 1,
    spec: { containers: [{ x: 1 }, { name: "a", y: 1 }] },
    metadata: { bar: 2 },
  };
  const { unknown, object } = decode(shapes.pod, value, { strict: true });
  assert.deepEqual(unknown, [
    "foo",
    "spec.containers[0].x",
    "spec.containers[1].y",
    "metadata.bar",
  ]);
  assert.deepEqual(Object.keys(object), ["metadata", "spec", "status"]);
  assert.deepEqual(decode(shapes.pod, value).unknown, []);
});

test("a key of a map called __proto__ is a key like any other", () => {
  const value = JSON.parse('{"metadata":{"annotations":{"__proto__":"x"}}}');
  const { annotations } = decode(shapes.pod, value).object["metadata"] as { annotations: object };
  assert.deepEqual(Object.keys(annotations), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(annotations), Object.prototype);
});

test("any JSON decodes to something or is refused with a DecodeError, and decoding again changes nothing", () => {
  const names = [...shapes.pod.fields.keys(), "labels", "containers", "name", "limits"];
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...names), tie("value")),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  })).value;
  fc.assert(
    fc.property(tree, (value) => {
      try {
        const { object } = decode(shapes.pod, value, { strict: true });
        assert.deepEqual(decode(shapes.pod, object).object, object);
      } catch (error) {
        assert.equal((error as Error).name, "DecodeError");
      }
    }),
    { numRuns: 80 },
  );
});

test("times are read as RFC 3339 and written in UTC", () => {
  assert.equal(canonicalTime("2024-12-31T23:59:59Z"), "2024-12-31T23:59:59Z");
  assert.equal(canonicalTime("2024-12-31T23:59:59.9-00:30"), "2025-01-01T00:29:59Z");
  assert.equal(canonicalTime("0001-01-01T00:00:00Z"), undefined);
  assert.equal(canonicalTime("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00Z");
  assert.equal(
    canonicalMicroTime("2024-01-01T00:00:00.000100+01:00"),
    "2023-12-31T23:00:00.000100Z",
  );
  for (const text of [
    "",
    "2024-01-01",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01t00:00:00z",
  ]) {
    assert.throws(() => canonicalTime(text), { name: "DecodeError" });
  }
  assert.throws(() => canonicalMicroTime("2024-01-01T00:00:00Z"), {
    message: /cannot parse "Z" as "\.000000"$/,
  });
});

test("a time survives its protobuf parts", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62135596799, max: 253402300799 }), (seconds) => {
      const text = timeFromParts(seconds, 0, false)!;
      assert.deepEqual(timeParts(text), { seconds, nanos: 0 });
      assert.equal(canonicalTime(text), text);
    }),
  );
});

test("durations are printed as Go prints them", () => {
  const rows = [
    ["0", "0s"],
    ["90m", "1h30m0s"],
    ["1.5s", "1.5s"],
    ["-300ms", "-300ms"],
    ["1h0.5s", "1h0m0.5s"],
    ["1500us", "1.5ms"],
    ["7ns", "7ns"],
    [".5h", "30m0s"],
  ] as const;
  for (const [from, to] of rows) assert.equal(canonicalDuration(from), to);
  for (const text of ["", "1", "s", "1x", "1h-1m", "99999999999h"]) {
    assert.throws(() => canonicalDuration(text), { name: "DecodeError" });
  }
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 62n), 2n ** 62n), (nanos) => {
      assert.equal(durationNanos(durationText(nanos)), nanos);
    }),
  );
});
