import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inputMedia,
  negotiate,
  negotiateStream,
  outputFor,
  patchTypeOf,
  plainOffer,
  wantsPretty,
} from "./negotiate.ts";

const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const all = { transforms: true, protobuf: true };
const unknownToRouter = /^406: Not Acceptable\n\nAvailable representations: application\/json, /;
const noSuchForm = /^only the following media types are accepted: application\/json, /;

const rows: { accept: string | undefined; is: string | RegExp }[] = [
  { accept: undefined, is: "json" },
  { accept: "", is: "json" },
  { accept: "*/*", is: "json" },
  { accept: "*/*;q=0", is: "json" },
  { accept: "application/*", is: unknownToRouter },
  { accept: "text/plain", is: unknownToRouter },
  { accept: "APPLICATION/JSON", is: unknownToRouter },
  { accept: "application/cbor,application/json", is: "json" },
  { accept: "application/json; charset=utf-8", is: "json" },
  { accept: "application/yaml;q=0.5,application/json;q=0.9", is: "json" },
  { accept: "application/json;q=0.5,application/yaml;q=0.9", is: "yaml" },
  { accept: "application/vnd.kubernetes.protobuf,application/json", is: "protobuf" },
  { accept: "application/json;pretty=1", is: "json pretty" },
  { accept: table, is: "json as Table v1" },
  { accept: `${table},application/json`, is: "json as Table v1" },
  { accept: table.replace("v=v1", "v=v2"), is: noSuchForm },
  { accept: table.replace("Table", "Thing"), is: noSuchForm },
  { accept: `${table.replace("Table", "Thing")},application/json`, is: "json" },
  { accept: table.replace("json", "vnd.kubernetes.protobuf"), is: noSuchForm },
  {
    accept: "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    is: "protobuf as PartialObjectMetadataList v1",
  },
];

for (const { accept, is } of rows)
  test(`Accept ${accept} gives ${is}`, () => {
    if (typeof is === "string") assert.equal(described(negotiate(accept, all)), is);
    else
      assert.throws(() => negotiate(accept, all), {
        code: 406,
        reason: "NotAcceptable",
        message: is,
      });
  });

test("what is computed has metadata, but no Table", () => {
  const computed = { ...all, tables: false };
  assert.equal(described(negotiate(`${table},application/json`, computed)), "json");
  const partial = table.replace("Table", "PartialObjectMetadata");
  assert.equal(described(negotiate(partial, computed)), "json as PartialObjectMetadata v1");
  assert.throws(() => negotiate(table, computed), { code: 406, message: noSuchForm });
});

test("a custom resource has no protobuf form, but its metadata has", () => {
  const custom = { transforms: true, protobuf: false, anyWildcard: true };
  const protobuf = "application/vnd.kubernetes.protobuf";
  const partial = `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
  assert.equal(described(negotiate(`${protobuf},application/json`, custom)), "json");
  assert.equal(described(negotiate(partial, custom)), "protobuf as PartialObjectMetadata v1");
  assert.equal(described(negotiate("application/*", custom)), "json");
});

test("an error is never a Table", () => {
  assert.equal(outputFor(table, plainOffer), undefined);
  assert.deepEqual(outputFor(`${table},application/json`, plainOffer), {
    media: "json",
    pretty: false,
  });
});

test("a watch has no YAML", () => {
  assert.equal(described(negotiateStream("application/json;stream=watch", all)), "json");
  assert.throws(
    () => negotiateStream("application/yaml", all),
    /accepted: application\/json;stream=watch/,
  );
});

test("people get pretty JSON, programs do not", () => {
  assert.equal(wantsPretty("", "curl/8.0"), true);
  assert.equal(wantsPretty("pretty=false", "curl/8.0"), false);
  assert.equal(wantsPretty("pretty=true", "kubectl/1.37"), true);
  assert.equal(wantsPretty("", "kubectl/1.37"), false);
});

test("bodies are JSON, YAML or protobuf", () => {
  assert.equal(inputMedia(undefined), "json");
  assert.equal(inputMedia("Application/JSON; charset=utf-8"), "json");
  assert.equal(inputMedia("application/yaml"), "yaml");
  assert.equal(inputMedia('application/json; a="b;\\"c" ; d=e ; '), "json");
  for (const wrong of [";json", ";a=", ';a="b', "; =b", ";a=b c", `;a=${"b".repeat(2000)}`])
    assert.throws(() => inputMedia(`application/json${wrong}`), { code: 415 }, wrong);
  assert.throws(() => inputMedia("application/x-yaml"), {
    code: 415,
    reason: "UnsupportedMediaType",
  });
});

test("a patch names its type", () => {
  assert.equal(patchTypeOf("application/merge-patch+json; charset=utf-8"), "merge");
  assert.equal(patchTypeOf("application/apply-patch+yaml"), "apply");
  for (const type of [undefined, "application/json", "constructor", "application/apply-patch+json"])
    assert.throws(() => patchTypeOf(type), { code: 415, message: "415: Unsupported Media Type" });
});

function described({ media, pretty, as }: ReturnType<typeof negotiate>): string {
  return `${media}${pretty ? " pretty" : ""}${as ? ` as ${as.kind} ${as.version}` : ""}`;
}
