// What holds where a namespace says nothing, and who is exempt.
import type { Policy } from "./policy.ts";

export type PodSecuritySettings = {
  readonly defaults: Policy;
  readonly exempt: {
    readonly usernames: readonly string[];
    readonly namespaces: readonly string[];
    readonly runtimeClasses: readonly string[];
  };
};

const open = { level: "privileged", version: "latest" } as const;

export const openSettings: PodSecuritySettings = Object.freeze({
  defaults: { enforce: open, audit: open, warn: open },
  exempt: { usernames: [], namespaces: [], runtimeClasses: [] },
});
