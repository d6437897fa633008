// How something is to be deleted: from the body, or from the query when there is none.

import { isObject } from "../../schema/clone.ts";
import { decode } from "../../schema/decode.ts";
import { DecodeError } from "../../schema/decode-place.ts";
import { shapeOf } from "../../schema/facts.ts";
import { invalidValue, notSupported } from "../../schema/field-error.ts";
import { readEnvelope } from "../../schema/protobuf.ts";
import { decodeProtobuf } from "../../schema/protobuf-decode.ts";
import { readJson } from "../../schema/scan.ts";
import { badRequest, type Cause } from "../../schema/status-error.ts";
import type { DeleteOptions } from "../../schema/types/meta-v1.ts";
import type { Context } from "../context.ts";
import { inputMedia } from "../negotiate.ts";
import { typeMetaStruct } from "../read-object.ts";
import { truthy } from "../route.ts";
import { dryRunCauses, integerOption, invalidOptions } from "./options.ts";

/** Throws a StatusError for options that are not allowed. */
export async function deleteOptions(context: Context): Promise<DeleteOptions> {
  const options = await givenOptions(context);
  const causes = optionCauses(options);
  if (causes.length > 0) throw invalidOptions("DeleteOptions", causes);
  return options;
}

async function givenOptions({ request, query }: Context): Promise<DeleteOptions> {
  if (request.object !== undefined) return decoded(request.object);
  const bytes = await request.body();
  if (bytes.length === 0) return query.size === 0 ? {} : optionsIn(query);
  const media = inputMedia(request.headers["content-type"]);
  switch (media) {
    case "json":
      return decoded(parsedJson(bytes));
    case "yaml": {
      return decoded(await parsedYaml(bytes));
    }
    case "protobuf":
      return fromProtobuf(bytes);
  }
}

function fromProtobuf(bytes: Uint8Array): DeleteOptions {
  try {
    const { apiVersion, kind, raw } = readEnvelope(bytes);
    return decoded({ ...decodeProtobuf(shapeOf(optionsType), raw), apiVersion, kind });
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return readJson(bytes, { duplicates: false }).value;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
  }
}

async function parsedYaml(bytes: Uint8Array): Promise<unknown> {
  const { readYaml } = await import("../yaml-process.ts");
  try {
    return (await readYaml(bytes)).value;
  } catch (error) {
    throw badRequest(`yaml: ${error instanceof Error ? error.message : error}`);
  }
}

function decoded(value: unknown): DeleteOptions {
  if (value !== null && !isObject(value)) throw badRequest(noTypes(value));
  const { kind, apiVersion } = (value ?? {}) as { kind?: unknown; apiVersion?: unknown };
  if (typeof kind === "string" && kind !== "" && kind !== "DeleteOptions")
    throw badRequest(
      `no kind "${kind}" is registered for version "${apiVersion || "meta.k8s.io/v1"}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  try {
    return decode(shapeOf(optionsType), value ?? {}).object as DeleteOptions;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** Upstream looks for the type first. */
function noTypes(value: unknown): string {
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type ${typeMetaStruct}`;
}

const optionsType = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

function optionsIn(query: URLSearchParams): DeleteOptions {
  const gracePeriodSeconds = integerOption(query, "gracePeriodSeconds");
  const propagationPolicy = query.get("propagationPolicy");
  const orphan = query.get("orphanDependents");
  const dryRun = query.getAll("dryRun");
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...(orphan === null ? {} : { orphanDependents: truthy(orphan) }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(truthy(query.get(unsafe)) ? { [unsafe]: true } : {}),
    ...preconditionsIn(query),
  };
}

function preconditionsIn(query: URLSearchParams): Pick<DeleteOptions, "preconditions"> {
  const uid = query.get("uid");
  const resourceVersion = query.get("resourceVersion");
  if (uid === null && resourceVersion === null) return {};
  return {
    preconditions: {
      ...(uid === null ? {} : { uid }),
      ...(resourceVersion === null ? {} : { resourceVersion }),
    },
  };
}

export const unsafe = "ignoreStoreReadErrorWithClusterBreakingPotential";
const policies = ["Foreground", "Background", "Orphan", "nil"];

export function optionCauses(options: DeleteOptions): Cause[] {
  const { propagationPolicy: policy, orphanDependents } = options;
  const causes: Cause[] = [];
  if (policy !== undefined && orphanDependents !== undefined)
    causes.push(
      invalidValue(
        "propagationPolicy",
        policy,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  if (policy !== undefined && !policies.slice(0, 3).includes(policy))
    causes.push(notSupported("propagationPolicy", policy, policies));
  causes.push(...dryRunCauses(options.dryRun ?? []));
  if (options[unsafe]) causes.push(...unsafeCauses(options));
  return causes;
}

const excluded = [
  "propagationPolicy",
  "orphanDependents",
  "gracePeriodSeconds",
  "preconditions",
] as const;

const unsafeCauses = (options: DeleteOptions): Cause[] =>
  excluded
    .filter((name) => options[name] !== undefined)
    .map((name) => invalidValue(unsafe, true, `cannot be set together with .${name}`));
