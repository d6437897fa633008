import { documentAnswer, methodNotAllowed, resourceNotFound } from "./answer.ts";
import type { Page } from "./context.ts";
import { negotiateJson } from "./negotiate.ts";

/** The Kubernetes version whose API this is; clients parse it. */
export const kubernetesVersion = "v1.37.2";

/** What /version says of the build. */
export type Build = { readonly commit: string; readonly date: string; readonly platform: string };

export function versionPage({ commit, date, platform }: Build): Page {
  const [major, minor] = kubernetesVersion.slice(1).split(".");
  const document = {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: kubernetesVersion,
    gitCommit: commit,
    gitTreeState: "clean",
    buildDate: date,
    // Clients show it; there is no Go in here.
    goVersion: "go1.26.0",
    compiler: "gc",
    platform,
  };
  return ({ attributes, request }) => {
    if (!/^\/version(\/|$)/.test(attributes.path)) return undefined;
    if (!/^\/version\/?$/.test(attributes.path)) throw resourceNotFound();
    if (request.method !== "GET") throw methodNotAllowed();
    negotiateJson(request.headers["accept"]);
    return documentAnswer(document, { media: "json", pretty: true });
  };
}
