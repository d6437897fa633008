// Plug-ins about other objects than pods that are on by a flag only.
import { equal } from "../../lib/equal.ts";
import { namespaces } from "../../schema/resources.ts";
import { notFound, StatusError } from "../../schema/status-error.ts";
import type { Service } from "../../schema/types/core-v1.ts";
import type { OwnerReference } from "../../schema/types/meta-v1.ts";
import { call, pathOf } from "../call.ts";
import type {
  Admission,
  AdmissionWrite,
  AnyAuthorizer,
  Attributes,
  Context,
  Core,
} from "../context.ts";
import { about, refused } from "./refused.ts";

const isService = about("services");

/** With addresses of its choice a Service can take traffic that is not its own. */
export const denyExternalIps: Admission = {
  name: "DenyServiceExternalIPs",
  handles: (a, { operation }) => (operation === "CREATE" || operation === "UPDATE") && isService(a),
  validate(context, write) {
    const next = (write.object as Service).spec?.externalIPs ?? [];
    const before = (write.old as Service | undefined)?.spec?.externalIPs ?? [];
    if (next.every((ip) => before.includes(ip))) return;
    throw refused(context, write, "Use of external IPs is denied by admission control");
  },
};

export const alwaysAdmit: Admission = { name: "AlwaysAdmit", handles: () => false };

export const alwaysDeny: Admission = {
  name: "AlwaysDeny",
  handles: () => true,
  validate(context, write) {
    throw refused(context, write, "admission control is denying all modifications");
  },
};

const inNamespace = ({ namespace, plural, group }: Attributes): boolean =>
  namespace !== "" && !(plural === "namespaces" && group === "");

export function namespaceExists(core: Core): Admission {
  const view = core.view(namespaces);
  return {
    name: "NamespaceExists",
    handles: (a, { operation }) => operation !== "CONNECT" && inNamespace(a),
    validate({ attributes: { namespace } }) {
      if (view.get("", namespace) === undefined)
        throw notFound({ group: "", plural: "namespaces", name: namespace });
    },
  };
}

/** Who writes into a namespace that is not there makes it. */
export function namespaceAutoProvision(core: Core): Admission {
  const view = core.view(namespaces);
  return {
    name: "NamespaceAutoProvision",
    handles: (a, { operation, dryRun }) => operation === "CREATE" && !dryRun && inNamespace(a),
    async mutate({ attributes: { namespace } }) {
      if (view.get("", namespace) !== undefined) return;
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      try {
        await call(core, { method: "POST", path: pathOf(namespaces), body });
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason !== "AlreadyExists") throw error;
      }
    },
  };
}

/** Nobody makes an object wait for another's deletion, or be collected, without the rights for it. */
export function ownerPermission(core: Core, authorize: AnyAuthorizer): Admission {
  return {
    name: "OwnerReferencesPermissionEnforcement",
    handles: ({ plural, group, subresource }, { operation }) =>
      (operation === "CREATE" || operation === "UPDATE") &&
      !(plural === "pods" && group === "" && subresource === "status"),
    async validate(context, write) {
      const next = write.object?.metadata?.ownerReferences ?? [];
      const before = write.old?.metadata?.ownerReferences ?? [];
      if (equal(next, before)) return;
      const { identity, attributes } = context;
      if (write.operation !== "CREATE") {
        const { says, reason } = await authorize(identity, { ...attributes, verb: "delete" });
        if (says !== "allow") {
          const why = `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`;
          throw refused(context, write, why);
        }
      }
      const blocking = next.filter((ref) => blocks(ref) && !before.some((b) => same(b, ref)));
      if (blocking.length > 0) await checkBlocking(core, authorize, context, write, blocking);
    },
  };
}

const blocks = (ref: OwnerReference): boolean => ref.blockOwnerDeletion === true;
const same = (before: OwnerReference, ref: OwnerReference): boolean =>
  before.uid === ref.uid && blocks(before);

async function checkBlocking(
  core: Core,
  authorize: AnyAuthorizer,
  context: Context,
  write: AdmissionWrite,
  refs: readonly OwnerReference[],
): Promise<void> {
  const { identity, attributes } = context;
  const asked = { ...attributes, verb: "update", subresource: "finalizers", path: "" };
  const all = { ...asked, group: "*", version: "*", plural: "*", name: "*", namespace: "" };
  if ((await authorize(identity, all)).says === "allow") return;
  for (const { apiVersion, kind, name } of refs) {
    const cut = apiVersion.indexOf("/");
    const group = cut < 0 ? "" : apiVersion.slice(0, cut);
    const version = apiVersion.slice(cut + 1);
    const owners = core.kinds
      .all()
      .filter(({ resource: r }) => r.kind === kind && r.group === group && r.version === version);
    if (owners.length === 0) {
      const what = `cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}`;
      const why = `cannot set blockOwnerDeletion in this case because ${what}: no matches for kind "${kind}" in version "${apiVersion}"`;
      throw refused(context, write, why);
    }
    for (const { resource } of owners) {
      const namespace = resource.scope === "Namespaced" ? attributes.namespace : "";
      const { plural } = resource;
      const question = { ...asked, group, version, plural, name, namespace };
      const { says, reason } = await authorize(identity, question);
      if (says === "allow") continue;
      const why = `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reason}, <nil>`;
      throw refused(context, write, why);
    }
  }
}
