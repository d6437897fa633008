// A node writes about itself and its own pods only, whatever its rights say.
import { nodeNameOf } from "../auth/node-authorizer.ts";
import type { Admission, AnyAuthorizer, Core } from "../context.ts";
import type { NodeCheck } from "./node-write.ts";
import { nodeWrite } from "./node-write-node.ts";
import {
  certificateWrite,
  claimWrite,
  csiNodeWrite,
  leaseWrite,
  signingRequest,
  sliceWrite,
  tokenWrite,
} from "./node-write-other.ts";
import { podWrite } from "./node-write-pod.ts";
import { refused } from "./refused.ts";

export function nodeRestriction(core: Core, authorize: AnyAuthorizer): Admission {
  return {
    name: "NodeRestriction",
    handles: ({ plural, group, isResource }, { operation }) =>
      isResource && operation !== "CONNECT" && Object.hasOwn(checks, `${plural}.${group}`),
    async mutate(context, write) {
      const node = nodeNameOf(context.identity);
      if (node === undefined) return;
      if (node === "") {
        const user = JSON.stringify(context.identity.user);
        throw refused(context, write, `could not determine node from user ${user}`);
      }
      const { plural, group } = context.attributes;
      const why = await checks[`${plural}.${group}`]!({ node, context, write, core, authorize });
      if (why !== undefined) throw refused(context, write, why);
    },
  };
}

const checks: Readonly<Record<string, NodeCheck>> = {
  "pods.": podWrite,
  "nodes.": nodeWrite,
  "persistentvolumeclaims.": claimWrite,
  "serviceaccounts.": tokenWrite,
  "certificatesigningrequests.certificates.k8s.io": signingRequest,
  "podcertificaterequests.certificates.k8s.io": certificateWrite,
  "leases.coordination.k8s.io": leaseWrite,
  "csinodes.storage.k8s.io": csiNodeWrite,
  "resourceslices.resource.k8s.io": sliceWrite,
};
