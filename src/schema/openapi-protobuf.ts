// The OpenAPI v2 document in the protobuf form that clients older than 1.27 ask for (gnostic's
// `openapi.v2.Document`). Maps are lists of named values there, and what has no field of its own is
// YAML text, of which JSON is a part.

import type { Json } from "./openapi-schemas.ts";
import { WireWriter, wire } from "./protobuf-wire.ts";

/** `document` is what `openApiV2` made. */
export function openApiV2Protobuf(document: Json): Uint8Array {
  const writer = new WireWriter(1 << 20);
  documentMessage(writer, document);
  return writer.take();
}

type Write = (writer: WireWriter, value: unknown) => void;
type Part = { readonly number: number; readonly write: (writer: WireWriter, from: Json) => void };

/** Parts are given by their numbers; the writer goes from the last byte to the first. */
function message(...parts: readonly Part[]): Write {
  const descending = parts.toSorted((a, b) => b.number - a.number);
  return (writer, value) => {
    for (const part of descending) part.write(writer, value as Json);
  };
}

const tagged = (writer: WireWriter, number: number, write: Write, value: unknown): void => {
  const before = writer.written;
  write(writer, value);
  writer.lengthSince(before);
  writer.tag(number, wire.bytes);
};

const textValue = (writer: WireWriter, number: number, value: unknown): void => {
  writer.string(String(value));
  writer.tag(number, wire.bytes);
};

/** A field of the JSON object, where it is there. */
const field = (number: number, key: string, write: Write): Part => ({
  number,
  write: (writer, from) => {
    if (from[key] !== undefined) write(writer, from[key]);
  },
});

const text = (number: number, key: string): Part =>
  field(number, key, (writer, value) => textValue(writer, number, value));

const bool = (number: number, key: string): Part =>
  field(number, key, (writer, value) => {
    writer.varint(value === true ? 1 : 0);
    writer.tag(number, wire.varint);
  });

const int = (number: number, key: string): Part =>
  field(number, key, (writer, value) => {
    writer.varint(value as number);
    writer.tag(number, wire.varint);
  });

const double = (number: number, key: string): Part =>
  field(number, key, (writer, value) => {
    writer.double(value as number);
    writer.tag(number, wire.fixed64);
  });

const one = (number: number, key: string, write: Write): Part =>
  field(number, key, (writer, value) => tagged(writer, number, write, value));

const many = (number: number, key: string, write: Write): Part =>
  field(number, key, (writer, value) => {
    for (const item of (value as readonly unknown[]).toReversed()) {
      tagged(writer, number, write, item);
    }
  });

const texts = (number: number, key: string): Part =>
  field(number, key, (writer, value) => {
    for (const item of (value as readonly unknown[]).toReversed()) textValue(writer, number, item);
  });

/** An object as a list of `{ name = 1, value = 2 }`. */
const entries =
  (number: number, write: Write, matches = (_: string) => true): Write =>
  (writer, value) => {
    for (const [name, inner] of Object.entries(value as Json).reverse()) {
      if (!matches(name)) continue;
      const before = writer.written;
      tagged(writer, 2, write, inner);
      textValue(writer, 1, name);
      writer.lengthSince(before);
      writer.tag(number, wire.bytes);
    }
  };

const all = (number: number, write: Write, matches?: (name: string) => boolean): Part => ({
  number,
  write: entries(number, write, matches) as Part["write"],
});

/** Any value: YAML in field 2. */
const any: Write = (writer, value) => textValue(writer, 2, `${JSON.stringify(value)}\n`);

const isExtension = (name: string): boolean => name.startsWith("x-");
const extensions = (number: number): Part => all(number, any, isExtension);

/** A choice that lies in another message's field `number`. */
const wrapped =
  (number: number, write: Write): Write =>
  (writer, value) =>
    tagged(writer, number, write, value);

const lazily =
  (make: () => Write): Write =>
  (writer, value) =>
    make()(writer, value);

const strings: Write = (writer, value) => {
  const list = Array.isArray(value) ? value : [value];
  for (const item of list.toReversed()) textValue(writer, 1, item);
};

const schema: Write = message(
  text(1, "$ref"),
  text(2, "format"),
  text(3, "title"),
  text(4, "description"),
  one(5, "default", any),
  double(6, "multipleOf"),
  double(7, "maximum"),
  bool(8, "exclusiveMaximum"),
  double(9, "minimum"),
  bool(10, "exclusiveMinimum"),
  int(11, "maxLength"),
  int(12, "minLength"),
  text(13, "pattern"),
  int(14, "maxItems"),
  int(15, "minItems"),
  bool(16, "uniqueItems"),
  int(17, "maxProperties"),
  int(18, "minProperties"),
  texts(19, "required"),
  many(20, "enum", any),
  one(21, "additionalProperties", (writer, value) => {
    if (typeof value !== "boolean") {
      tagged(writer, 1, schema, value);
      return;
    }
    writer.varint(value ? 1 : 0);
    writer.tag(2, wire.varint);
  }),
  one(22, "type", strings),
  one(
    23,
    "items",
    wrapped(
      1,
      lazily(() => schema),
    ),
  ),
  many(
    24,
    "allOf",
    lazily(() => schema),
  ),
  one(
    25,
    "properties",
    entries(
      1,
      lazily(() => schema),
    ),
  ),
  one(30, "example", any),
  extensions(31),
);

const bodyParameter = message(
  text(1, "description"),
  text(2, "name"),
  text(3, "in"),
  bool(4, "required"),
  one(5, "schema", schema),
);

const queryParameter = message(
  bool(1, "required"),
  text(2, "in"),
  text(3, "description"),
  text(4, "name"),
  text(6, "type"),
  text(7, "format"),
  bool(20, "uniqueItems"),
);

const pathParameter = message(
  bool(1, "required"),
  text(2, "in"),
  text(3, "description"),
  text(4, "name"),
  text(5, "type"),
  text(6, "format"),
  bool(19, "uniqueItems"),
);

/** ParametersItem { parameter = 1 { body = 1, nonBody = 2 { query = 3, path = 4 } } } */
const parameter: Write = wrapped(1, (writer, value) => {
  const place = (value as Json)["in"];
  if (place === "body") tagged(writer, 1, bodyParameter, value);
  else if (place === "query") tagged(writer, 2, wrapped(3, queryParameter), value);
  else tagged(writer, 2, wrapped(4, pathParameter), value);
});

const response = message(text(1, "description"), one(2, "schema", wrapped(1, schema)));

const operation = message(
  texts(1, "tags"),
  text(3, "description"),
  text(5, "operationId"),
  texts(6, "produces"),
  texts(7, "consumes"),
  many(8, "parameters", parameter),
  one(9, "responses", entries(1, wrapped(1, response))),
  texts(10, "schemes"),
  extensions(13),
);

const pathItem = message(
  one(2, "get", operation),
  one(3, "put", operation),
  one(4, "post", operation),
  one(5, "delete", operation),
  one(6, "options", operation),
  one(7, "head", operation),
  one(8, "patch", operation),
  many(9, "parameters", parameter),
);

const keySecurity = message(
  text(1, "type"),
  text(2, "name"),
  text(3, "in"),
  text(4, "description"),
);

const documentMessage = message(
  text(1, "swagger"),
  one(2, "info", message(text(1, "title"), text(2, "version"))),
  one(8, "paths", entries(2, pathItem)),
  one(9, "definitions", entries(1, schema)),
  many(12, "security", entries(1, strings)),
  one(13, "securityDefinitions", entries(1, wrapped(2, keySecurity))),
);
