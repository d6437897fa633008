// What a secret of each type must hold.
import { DecodeError } from "../../decode-place.ts";
import { invalidValue, keyed, required, tooLong } from "../../field-error.ts";
import { checkConfigMapKey } from "../../names.ts";
import { readJson } from "../../scan.ts";
import type { Secret } from "../../types/core-v1.ts";
import { type Out, refuse } from "../checks.ts";
import { dataBytesMax, decodedLength } from "./immutable-data.ts";

const dataField = (key: string): string => keyed("data", key);

export function checkSecret(out: Out, { metadata, type, data = {} }: Secret): void {
  let bytes = 0;
  for (const key of Object.keys(data)) {
    refuse(out, dataField(key), key, checkConfigMapKey(key));
    bytes += decodedLength(data[key]!);
  }
  if (bytes > dataBytesMax) out.push(tooLong("data", dataBytesMax));
  const needed = (...keys: string[]) => {
    for (const key of keys) if (data[key] === undefined) out.push(required(dataField(key)));
  };
  switch (type) {
    case "kubernetes.io/service-account-token": {
      const name = "kubernetes.io/service-account.name";
      if (!metadata.annotations?.[name]) out.push(required(keyed("metadata.annotations", name)));
      break;
    }
    case "kubernetes.io/dockercfg":
      checkJson(out, ".dockercfg", data[".dockercfg"]);
      break;
    case "kubernetes.io/dockerconfigjson":
      checkJson(out, ".dockerconfigjson", data[".dockerconfigjson"]);
      break;
    case "kubernetes.io/basic-auth":
      if (data["username"] === undefined && data["password"] === undefined) {
        needed("username", "password");
      }
      break;
    case "kubernetes.io/ssh-auth":
      if (!data["ssh-privatekey"]) out.push(required(dataField("ssh-privatekey")));
      break;
    case "kubernetes.io/tls":
      needed("tls.crt", "tls.key");
      break;
    default:
  }
}

function checkJson(out: Out, key: string, base64: string | undefined): void {
  if (base64 === undefined) {
    out.push(required(dataField(key)));
    return;
  }
  const problem = jsonProblem(base64);
  if (problem === undefined) return;
  out.push(invalidValue(dataField(key), "<secret contents redacted>", problem));
}

function jsonProblem(base64: string): string | undefined {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  try {
    const { value } = readJson(bytes, { duplicates: false });
    if (typeof value === "object" && !Array.isArray(value)) return undefined;
    const name = Array.isArray(value) ? "array" : goNames[typeof value];
    return `json: cannot unmarshal ${name} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

const goNames: Readonly<Record<string, string>> = {
  boolean: "bool",
  number: "number",
  bigint: "number",
  string: "string",
};
