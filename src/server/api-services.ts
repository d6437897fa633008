// An APIService for every group version that this server itself serves, as clients and extension servers look for them.
import type { Log } from "../lib/log.ts";
import { apiServices } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { APIService } from "../schema/types/apiregistration-v1.ts";
import { call, pathOf } from "./call.ts";
import type { Core } from "./context.ts";
import { groupPriority, isBuiltIn, servedGroups, versionPriority } from "./groups.ts";
import { repeater } from "./repeat.ts";

/** Time after which what was refused is tried again. */
const retryMs = 5000;

const managed = "kube-aggregator.kubernetes.io/automanaged";

/** Resolves once all are there; goes on with each change of the kinds until the result is called. */
export async function keepApiServices(core: Core, log: Log): Promise<() => void> {
  let stopped = false;
  let cancel = (): void => {};
  const wake = repeater(
    () => sync(core),
    (error) => {
      if (stopped) return;
      log.warn("APIServices cannot be kept, which is tried again", { error });
      cancel = core.clock.after(retryMs, () => void wake());
    },
  );
  let known = versionsOf(core);
  const stop = core.kinds.onChange(() => {
    const now = versionsOf(core);
    // Most new kinds are of a group and version that is there already.
    if (now.size === known.size && now.isSubsetOf(known)) return;
    known = now;
    void wake();
  });
  await wake();
  return () => {
    stopped = true;
    cancel();
    stop();
  };
}

const versionsOf = ({ kinds }: Core): ReadonlySet<string> =>
  new Set(kinds.all().map(({ resource }) => `${resource.version}.${resource.group}`));

async function sync(core: Core): Promise<void> {
  const view = core.view<APIService>(apiServices);
  const wanted = wantedServices(core);
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  await Promise.all([
    ...wanted.map(async (service) => {
      const found = view.get("", service.metadata.name!);
      if (found === undefined) return request(core, "POST", undefined, service);
      if (isSettled(found, service)) return;
      const next = { ...found, spec: { ...found.spec, ...service.spec } };
      return request(core, "PUT", service.metadata.name, next);
    }),
    ...view
      .list()
      .filter(({ metadata: m }) => m.labels?.[managed] !== undefined && !names.has(m.name))
      .map(({ metadata }) => request(core, "DELETE", metadata.name)),
  ]);
}

/** Kinds that are built in last as long as the server; those of definitions come and go. */
function wantedServices(core: Core): APIService[] {
  return servedGroups(core.kinds.all())
    .filter(({ name }) => name !== apiServices.group)
    .flatMap(({ name: group, versions }) =>
      versions.map(({ version }): APIService => {
        const lasts = isBuiltIn(group);
        return {
          apiVersion: "apiregistration.k8s.io/v1",
          kind: "APIService",
          metadata: {
            name: `${version}.${group}`,
            labels: { [managed]: lasts ? "onstart" : "true" },
          },
          spec: {
            ...(group === "" ? {} : { group }),
            version,
            groupPriorityMinimum: groupPriority(group),
            versionPriority: versionPriority(group, version),
          },
        };
      }),
    );
}

/** A service that somebody else put there is his: an extension server may take a version over. */
function isSettled(found: APIService, wanted: APIService): boolean {
  if (found.metadata.labels?.[managed] === undefined) return true;
  return (
    found.spec.groupPriorityMinimum === wanted.spec.groupPriorityMinimum &&
    found.spec.versionPriority === wanted.spec.versionPriority
  );
}

/** What another server did meanwhile is what this one wanted to do. */
async function request(
  core: Core,
  method: "POST" | "PUT" | "DELETE",
  name: string | undefined,
  body?: object,
): Promise<void> {
  try {
    await call(core, {
      method,
      path: pathOf(apiServices, undefined, name),
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    if (!(error instanceof StatusError) || ![404, 409].includes(error.code)) throw error;
  }
}
