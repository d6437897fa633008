// Devices that others use are only for namespaces that an administrator has marked.
import { fieldForbidden } from "../../schema/field-error.ts";
import { namespaces } from "../../schema/resources.ts";
import { invalid } from "../../schema/status-error.ts";
import type {
  ResourceClaim,
  ResourceClaimSpec,
  ResourceClaimTemplate,
} from "../../schema/types/resource-v1.ts";
import type { Admission, AdmissionWrite, Core } from "../context.ts";

const label = "resource.kubernetes.io/admin-access";
const why = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;

export function deviceAdminAccess(core: Core): Admission {
  const view = core.view(namespaces);
  return {
    name: "DeviceAdminAccess",
    uncounted: true,
    handles: ({ group, plural, subresource }, { operation }) =>
      group === "resource.k8s.io" &&
      ((operation === "CREATE" && subresource === "" && claims.has(plural)) ||
        (operation === "UPDATE" && subresource === "status" && plural === "resourceclaims")),
    validate({ attributes }, write) {
      const field = attributes.subresource === "" ? askedField(write) : grantedField(write);
      if (field === undefined) return;
      const namespace = view.get("", attributes.namespace);
      if (namespace?.metadata.labels?.[label] === "true") return;
      const { kind = "", metadata } = write.object!;
      const named = { group: attributes.group, kind, name: metadata.name ?? "" };
      throw invalid(named, [fieldForbidden(field, why)]);
    },
  };
}

const claims: ReadonlySet<string> = new Set(["resourceclaims", "resourceclaimtemplates"]);

function askedField({ object }: AdmissionWrite): string | undefined {
  const { spec } = object as ResourceClaim | ResourceClaimTemplate;
  const wish: ResourceClaimSpec | undefined = spec && "spec" in spec ? spec.spec : spec;
  const requests = (wish as ResourceClaimSpec | undefined)?.devices?.requests ?? [];
  const at = requests.findIndex(({ exactly }) => exactly?.adminAccess === true);
  return at < 0 ? undefined : `spec.devices.requests[${at}].adminAccess`;
}

/** What was granted before stays. */
function grantedField({ object, old }: AdmissionWrite): string | undefined {
  const granted = (claim: unknown): number =>
    ((claim as ResourceClaim).status?.allocation?.devices?.results ?? []).findIndex(
      ({ adminAccess }) => adminAccess === true,
    );
  const at = granted(object);
  if (at < 0 || granted(old) >= 0) return undefined;
  return `status.allocation.devices.results[${at}].adminAccess`;
}
