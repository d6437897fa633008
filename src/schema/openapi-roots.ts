// The operations that list what the server has: group versions, groups, its own version.

import {
  capital,
  groupWords,
  idStem,
  metaType,
  type Operation,
  objectTypes,
  rootOf,
  tagOf,
} from "./openapi-operation.ts";
import type { GroupVersion } from "./openapi-schemas.ts";

const listing = (path: string, tag: string, id: string, name: string): Operation => ({
  tag,
  path,
  method: "get",
  id,
  parameters: [],
  consumes: objectTypes,
  answer: metaType(name),
  answerTypes: objectTypes,
  codes: [200],
});

/** The listing of the group version itself. */
export const discoveryOperation = (version: GroupVersion): Operation =>
  listing(
    `${rootOf(version)}/`,
    tagOf(version),
    `get${idStem(version)}APIResources`,
    "APIResourceList",
  );

/** The listing of a group's versions; of the core group, the versions of the old root. */
export function groupOperation(group: string): Operation {
  if (group === "") return listing("/api/", "core", "getCoreAPIVersions", "APIVersions");
  const [first, ...others] = groupWords(group);
  const stem = groupWords(group).map(capital).join("");
  const tag = first! + others.map(capital).join("");
  return listing(`/apis/${group}/`, tag, `get${stem}APIGroup`, "APIGroup");
}

export const groupsOperation = listing("/apis/", "apis", "getAPIVersions", "APIGroupList");

export const versionOperation: Operation = {
  ...listing("/version/", "version", "getCodeVersion", ""),
  consumes: ["application/json"],
  answer: { is: "type", name: "io.k8s.apimachinery.pkg.version.Info" },
  answerTypes: ["application/json"],
};

const text = (path: string, tag: string, id: string, type: string): Operation => ({
  ...listing(path, tag, id, ""),
  consumes: [],
  answer: { is: "text" },
  answerTypes: [type],
});

/** What those ask who check tokens of service accounts elsewhere. */
export const issuerOperation = text(
  "/.well-known/openid-configuration/",
  "WellKnown",
  "getServiceAccountIssuerOpenIDConfiguration",
  "application/json",
);

export const issuerKeysOperation = text(
  "/openid/v1/jwks/",
  "openid",
  "getServiceAccountIssuerOpenIDKeyset",
  "application/jwk-set+json",
);
