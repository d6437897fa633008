// Bodies that grow, nest or repeat.
import { gzipSync } from "node:zlib";
import { asks, type Table } from "../row.ts";
import { evilMaps } from "../setting.ts";

const as = "mallory";
const create = `POST ${evilMaps}?dryRun=All`;
const yaml = { "content-type": "application/yaml" };
const dry = create;
const json = { "content-type": "application/json" };

const bomb = (levels: number, width: number): string => {
  const lines = [`a0: &a0 [${Array(width).fill("x")}]`];
  for (let i = 1; i <= levels; i++)
    lines.push(`a${i}: &a${i} [${Array(width).fill(`*a${i - 1}`)}]`);
  return `metadata: {name: a}\n${lines.join("\n")}\n`;
};

const nested = (open: string, close: string, depth: number): string =>
  `{"metadata":{"name":"a"},"data":${open.repeat(depth)}1${close.repeat(depth)}}`;

const map = (more: object): object => ({ metadata: { name: "a" }, ...more });
const many = (count: number, of: (i: number) => [string, unknown]): object =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => of(i)));

export const bodies: Table = {
  title: "bodies",
  rows: [
    asks(
      "YAML: a billion laughs",
      create,
      { as, body: bomb(9, 9), headers: yaml },
      "400 BadRequest",
    ),
    asks(
      "YAML: wide aliases",
      create,
      { as, body: bomb(2, 5000), headers: yaml },
      /^40[03] |^413 /,
    ),
    asks(
      "YAML: an alias of itself",
      create,
      { as, body: "metadata: {name: a}\ndata: &a\n  b: *a\n", headers: yaml },
      "400 BadRequest",
    ),
    asks(
      "YAML: merge keys that double",
      create,
      {
        as,
        headers: yaml,
        body: `a0: &a0 {x: 1}\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}]}`).join("\n")}\nmetadata: {name: a}\n`,
      },
      /^40[03] /,
    ),
    asks(
      "YAML: 200,000 opened lists",
      create,
      { as, body: `metadata: {name: a}\ndata: ${"[".repeat(200_000)}`, headers: yaml },
      "400 BadRequest",
    ),
    asks(
      "YAML: 100,000 dashes",
      create,
      { as, body: `${"- ".repeat(100_000)}a\n`, headers: yaml },
      "400 BadRequest",
    ),
    asks(
      "YAML: 100,000 open quotes and flows",
      create,
      { as, body: `a: ${"{a: ".repeat(100_000)}`, headers: yaml },
      "400 BadRequest",
    ),
    asks(
      "YAML: anchors without end",
      create,
      {
        as,
        headers: yaml,
        body: `metadata: {name: a}\n${Array.from({ length: 100_000 }, (_, i) => `k${i}: &k${i} 1`).join("\n")}\n`,
      },
      /^(400 BadRequest|201|413)/,
    ),
    asks(
      "YAML: a tag that makes code",
      create,
      { as, headers: yaml, body: "metadata: {name: a}\ndata: {a: !!js/function 'function(){}'}\n" },
      /^(400|422|201)/,
    ),
    asks(
      "JSON: 10,001 levels of lists",
      create,
      { as, body: nested("[", "]", 10_001) },
      "400 BadRequest",
    ),
    asks(
      "JSON: 1,000,000 levels of lists",
      create,
      { as, body: nested("[", "]", 1_000_000) },
      "400 BadRequest",
    ),
    asks(
      "JSON: 400,000 levels of objects",
      create,
      { as, body: nested('{"a":', "}", 400_000) },
      "400 BadRequest",
    ),
    asks(
      "JSON: 1,500,000 opened lists",
      create,
      { as, body: "[".repeat(1_500_000) },
      "400 BadRequest",
    ),
    asks(
      "JSON: a number of 2,000,000 digits",
      create,
      { as, body: `{"metadata":{"name":"a","generation":${"9".repeat(2_000_000)}}}` },
      "400 BadRequest",
    ),
    asks(
      "JSON: 75,000 names of one object, each twice, strictly",
      `${dry}&fieldValidation=Strict`,
      {
        as,
        body: `{"metadata":{"name":"a"},"data":{${Array.from({ length: 150_000 }, (_, i) => `"k${i % 75_000}":"v"`)}}}`,
      },
      /^400 BadRequest: .*: strict decoding error: duplicate field/,
    ),
    asks(
      "JSON: 100,000 unknown fields, strictly",
      `${dry}&fieldValidation=Strict`,
      { as, body: map(many(100_000, (i) => [`u${i}`, 1])) },
      /^400 BadRequest: .*: strict decoding error: unknown field/,
    ),
    asks(
      "JSON: 100,000 unknown fields, with warnings",
      `${dry}&fieldValidation=Warn`,
      { as, body: map(many(100_000, (i) => [`u${i}`, 1])) },
      "201",
    ),
    asks(
      "JSON: 120,000 entries of data",
      dry,
      { as, body: map({ data: many(120_000, (i) => [`k${i}`, "v"]) }) },
      /^(201|413|422)/,
    ),
    asks(
      "JSON: 100,000 bad keys of data",
      dry,
      { as, body: map({ data: many(100_000, (i) => [`k ${i}`, "v"]) }) },
      /^422 Invalid/,
    ),
    asks(
      "a body of 4 MiB",
      create,
      { as, body: Buffer.alloc(4 << 20, 32) },
      "413 RequestEntityTooLarge",
    ),
    asks(
      "an object larger than the store takes",
      create,
      { as, body: map({ data: { k: "x".repeat(2_900_000) } }) },
      /^(413|422|400)/,
    ),
    asks(
      "a body that says it is gzip",
      create,
      {
        as,
        body: gzipSync(Buffer.alloc(64 << 20, 32)),
        headers: { ...json, "content-encoding": "gzip" },
      },
      /^(400|415)/,
    ),
    asks(
      "not UTF-8",
      create,
      { as, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22]) },
      "400 BadRequest",
    ),
    asks(
      "UTF-16",
      create,
      { as, body: Buffer.from('\ufeff{"metadata":{"name":"a"}}', "utf16le") },
      "400 BadRequest",
    ),
    asks("nothing at all", create, { as, body: "" }, "400 BadRequest"),
    asks("NULs", create, { as, body: Buffer.alloc(100_000) }, "400 BadRequest"),
    asks(
      "protobuf: a length beyond its end",
      create,
      {
        as,
        body: Buffer.from("6b38730012ffffffff7f", "hex"),
        headers: { "content-type": "application/vnd.kubernetes.protobuf" },
      },
      "400 BadRequest",
    ),
    asks(
      "protobuf: 500,000 opened groups",
      create,
      {
        as,
        body: Buffer.concat([Buffer.from("6b387300", "hex"), Buffer.alloc(500_000, 0x0b)]),
        headers: { "content-type": "application/vnd.kubernetes.protobuf" },
      },
      "400 BadRequest",
    ),
    asks(
      "a content type of 100,000 letters",
      create,
      { as, body: "{}", headers: { "content-type": `application/${"json;".repeat(20_000)}` } },
      "415 UnsupportedMediaType",
    ),
    asks(
      "an Accept of 50,000 clauses",
      `GET ${evilMaps}`,
      { as, headers: { accept: "a/b;q=0.1,".repeat(50_000) } },
      /^(200|406)/,
    ),
  ],
};
