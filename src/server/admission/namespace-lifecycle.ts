// Nothing is written into a namespace that is not there, nothing new into one that goes away, and some never go.
import { namespaces } from "../../schema/resources.ts";
import { forbidden, notFound, StatusError } from "../../schema/status-error.ts";
import type { Namespace } from "../../schema/types/core-v1.ts";
import type { Admission, AdmissionWrite, Context, Core } from "../context.ts";
import { refused } from "./refused.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

export function namespaceLifecycle(core: Core): Admission {
  const view = core.view(namespaces);
  return {
    name: "NamespaceLifecycle",
    handles: (a, { operation }) =>
      operation !== "CONNECT" &&
      (a.namespace !== "" || (a.plural === "namespaces" && a.group === "")),
    mutate(context, write) {
      const { group, plural, namespace, name } = context.attributes;
      if (plural === "namespaces" && group === "") {
        if (write.operation === "DELETE" && immortal.has(name)) {
          throw forbidden({ group, plural, name }, "this namespace may not be deleted");
        }
        return;
      }
      if (write.operation === "DELETE" || plural === "localsubjectaccessreviews") return;
      const found = view.get("", namespace);
      if (found !== undefined) return check(context, write, found);
      // Another server may have made it just now.
      return view.newest("", namespace).then((late) => check(context, write, late));
    },
  };
}

function check(context: Context, write: AdmissionWrite, found: Namespace | undefined): void {
  const { namespace } = context.attributes;
  if (found === undefined) throw notFound({ group: "", plural: "namespaces", name: namespace });
  if (write.operation !== "CREATE" || found.status?.phase !== "Terminating") return;
  throw ending(
    refused(
      context,
      write,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    ),
    namespace,
  );
}

/** Clients that clean up tell this refusal from others by its cause. */
function ending({ code, reason, message, details }: StatusError, namespace: string): StatusError {
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new StatusError(code, reason, message, { ...details, causes: [cause] });
}
