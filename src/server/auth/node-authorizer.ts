// What the agent of a node may do: read what its own pods refer to, report on itself and on them, and little else.
// What a request alone cannot tell (whose pod, which fields) is left to the NodeRestriction admission plug-in.
import type { Identity } from "../../schema/api-request.ts";
import { parseFieldSelector } from "../../schema/field-selectors.ts";
import type { PolicyRule } from "../../schema/types/rbac-v1.ts";
import type { Attributes, Authorizer, Decision } from "../context.ts";
import type { NodeGraph } from "./node-graph.ts";
import { ruleAllows } from "./rbac-rule.ts";

/** `graph` is asked for when the first node comes. `rules`: those of the role `system:node`. */
export function nodeAuthorizer(graph: () => NodeGraph, rules: readonly PolicyRule[]): Authorizer {
  return (identity, attributes) => {
    const node = nodeNameOf(identity);
    if (node === undefined) return silent;
    if (node === "") return no(`unknown node for user ${JSON.stringify(identity.user)}`);
    const key = `${attributes.plural}.${attributes.group}`;
    if (attributes.isResource && Object.hasOwn(resources, key)) {
      return resources[key]!({ node, attributes, graph });
    }
    return rules.some((rule) => ruleAllows(rule, attributes)) ? yes : silent;
  };
}

/** The node whose agent it is; "" for a member of the group without a node's name; undefined for others. */
export function nodeNameOf({ user, groups }: Identity): string | undefined {
  if (!groups.includes("system:nodes")) return undefined;
  return user.startsWith("system:node:") ? user.slice("system:node:".length) : "";
}

const yes: Decision = Object.freeze({ says: "allow", reason: "" });
const silent: Decision = Object.freeze({ says: "no opinion", reason: "" });
const no = (reason: string): Decision => ({ says: "no opinion", reason });

type Question = {
  readonly node: string;
  readonly attributes: Attributes;
  readonly graph: () => NodeGraph;
};

const resources: Readonly<Record<string, (question: Question) => Decision>> = {
  "secrets.": readable,
  "configmaps.": readable,
  "persistentvolumeclaims.": (q) =>
    q.attributes.subresource === "status" ? reported(q) : gettable(q),
  "persistentvolumes.": gettable,
  "resourceclaims.resource.k8s.io": gettable,
  "volumeattachments.storage.k8s.io": gettable,
  "serviceaccounts.": account,
  "leases.coordination.k8s.io": lease,
  "csinodes.storage.k8s.io": csiNode,
  "resourceslices.resource.k8s.io": resourceSlice,
  "nodes.": ownNode,
  "pods.": pod,
  "podcertificaterequests.certificates.k8s.io": certificateRequest,
};

function related({ node, attributes, graph }: Question): Decision {
  const { plural, namespace, name } = attributes;
  if (name === "") return no("No Object name found");
  return graph().relates(node, plural, namespace, name)
    ? yes
    : no(`no relationship found between node '${node}' and this object`);
}

function readable(question: Question): Decision {
  const { verb, subresource, namespace } = question.attributes;
  if (!["get", "list", "watch"].includes(verb)) return no("can only read resources of this type");
  if (subresource !== "") return no("cannot read subresource");
  if (namespace === "") return no("can only read namespaced object of this type");
  return related(question);
}

function gettable(question: Question): Decision {
  const { verb, subresource } = question.attributes;
  if (verb !== "get") return no("can only get individual resources of this type");
  return subresource === "" ? related(question) : no("cannot get subresource");
}

function reported(question: Question): Decision {
  const { verb } = question.attributes;
  return verb === "update" || verb === "patch"
    ? related(question)
    : no("can only get/update/patch this type");
}

function account(question: Question): Decision {
  const { verb, subresource, name } = question.attributes;
  if (verb === "get" && subresource === "") return readable(question);
  if (verb !== "create" || name === "") {
    return no("can only create tokens for individual service accounts");
  }
  if (subresource !== "token") return no("can only create token subresource of serviceaccount");
  return related(question);
}

const leaseVerbs = new Set(["get", "create", "update", "patch", "delete"]);

function lease({ node, attributes: { verb, namespace, name } }: Question): Decision {
  if (!leaseVerbs.has(verb)) {
    return no("can only get, create, update, patch, or delete a node lease");
  }
  if (namespace !== "kube-node-lease") {
    return no('can only access leases in the "kube-node-lease" system namespace');
  }
  return verb === "create" || name === node
    ? yes
    : no("can only access node lease with the same name as the requesting node");
}

function csiNode({ node, attributes: { verb, subresource, name } }: Question): Decision {
  if (subresource === "status") return no("CSINode status access requires CSIVolumeHealth feature");
  if (subresource !== "") return no("cannot authorize CSINode subresources");
  if (!leaseVerbs.has(verb)) return no("can only get, create, update, patch, or delete a CSINode");
  return verb === "create" || name === node
    ? yes
    : no("can only access CSINode with the same name as the requesting node");
}

function resourceSlice(question: Question): Decision {
  const { verb, subresource } = question.attributes;
  if (subresource !== "") return no("cannot authorize ResourceSlice subresources");
  switch (verb) {
    case "create":
      return yes;
    case "get":
    case "update":
    case "patch":
    case "delete":
      return related(question);
    case "watch":
    case "list":
    case "deletecollection":
      return selects(question)
        ? yes
        : no("can only list/watch/deletecollection resourceslices with nodeName field selector");
    default:
      return no(
        "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
      );
  }
}

/** Whether the field selector asks for this node's objects only. */
function selects({ node, attributes: { fieldSelector = "" } }: Question): boolean {
  try {
    return parseFieldSelector(fieldSelector).some(
      ({ field, operator, value }) =>
        field === "spec.nodeName" && operator === "=" && value === node,
    );
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function ownNode({ node, attributes: { verb, subresource, name } }: Question): Decision {
  if (subresource === "status") return verb === "update" || verb === "patch" ? yes : silent;
  if (subresource !== "") return silent;
  switch (verb) {
    case "create":
    case "update":
    case "patch":
      return yes;
    case "get":
    case "list":
    case "watch":
      if (name === node) return yes;
      return name === ""
        ? no(`node '${node}' cannot read all nodes, only its own Node object`)
        : no(`node '${node}' cannot read '${name}', only its own Node object`);
    default:
      return silent;
  }
}

function pod(question: Question): Decision {
  const { verb, subresource, name } = question.attributes;
  switch (subresource) {
    case "status":
      return verb === "update" || verb === "patch" ? yes : silent;
    case "eviction":
      return verb === "create" ? yes : silent;
    case "":
      break;
    default:
      return silent;
  }
  switch (verb) {
    case "get":
      return gettable(question);
    case "list":
    case "watch":
      if (selects(question)) return yes;
      return name === ""
        ? no("can only list/watch pods with spec.nodeName field selector")
        : related(question);
    case "create":
    case "delete":
      return yes;
    default:
      return silent;
  }
}

function certificateRequest(question: Question): Decision {
  const { verb, subresource } = question.attributes;
  if (subresource !== "") {
    return no("nodes may not access the status subresource of PodCertificateRequests");
  }
  switch (verb) {
    case "create":
      return yes;
    case "get":
      return related(question);
    case "list":
    case "watch":
      return selects(question)
        ? yes
        : no("can only list/watch podcertificaterequests with nodeName field selector");
    default:
      return no(`nodes may not ${verb} podcertificaterequests`);
  }
}
