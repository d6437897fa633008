// The APIServices behind which another server answers, found by group and version.
import { apiServices } from "../../schema/resources.ts";
import type { APIService } from "../../schema/types/apiregistration-v1.ts";
import type { Core } from "../context.ts";

/** An APIService that names a service of the cluster. */
export type RemoteService = APIService & {
  readonly spec: { readonly service: { namespace: string; name: string; port: number } };
};

export type RemoteServices = {
  find(group: string, version: string): RemoteService | undefined;
  all(): readonly RemoteService[];
  /** Raised with each change of any APIService. */
  readonly revision: number;
};

export function remoteServices(core: Core): RemoteServices {
  const view = core.view<APIService>(apiServices);
  let revision = -1;
  let byName = new Map<string, RemoteService>();
  const current = (): Map<string, RemoteService> => {
    const now = view.revision;
    if (now === revision) return byName;
    byName = new Map(
      view
        .list()
        .filter(isRemote)
        .map((service) => [service.metadata.name ?? "", service]),
    );
    revision = now;
    return byName;
  };
  return {
    find(group, version) {
      const services = current();
      return services.size === 0 ? undefined : services.get(`${version}.${group}`);
    },
    all: () => [...current().values()],
    get revision() {
      current();
      return revision;
    },
  };
}

/** The core group is always our own. */
const isRemote = (service: APIService): service is RemoteService =>
  service.spec?.service !== undefined && (service.spec.group ?? "") !== "";

export const isAvailable = ({ status }: APIService): boolean =>
  status?.conditions?.some((one) => one.type === "Available" && one.status === "True") === true;
