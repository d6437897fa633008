// The modules with the published API definitions, where Go is there to find them.

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { kindsOf } from "../../src/schema/facts.ts";
import { moduleDir } from "../../tools/facts/make.ts";

/** Undefined where Go or the module is absent. */
export function publishedModule(name: string): string | undefined {
  try {
    return moduleDir(name);
  } catch {
    return undefined;
  }
}

/** As `publishedModule`, for a large module: only when it is in the cache already. */
export function cachedModule(name: string, version: string): string | undefined {
  try {
    const out = execFileSync("go", ["mod", "download", "-json", `${name}@${version}`], {
      encoding: "utf8",
      env: { ...process.env, GOPROXY: "off", GOSUMDB: "off" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return (JSON.parse(out) as { Dir: string }).Dir;
  } catch {
    return undefined;
  }
}

/**
 * A sample of one kind: the path of its files without the ending, and the full name of its
 * definition.
 */
export type Sample = { readonly name: string; readonly path: string; readonly type: string };

/** The samples of every kind in today's facts that upstream keeps for its own round trips. */
export function samples(api: string): Sample[] {
  const folder = join(api, "testdata", "HEAD");
  return readdirSync(folder).flatMap((file): Sample[] => {
    const match = /^(.+)\.(v\d+\w*)\.(\w+)\.json$/.exec(file);
    if (!match) return [];
    const [, group, version, kind] = match;
    const wanted = `.${kind}`;
    const type = kindsOf(group === "core" ? "" : group!, version!).find((t) => t.endsWith(wanted));
    if (!type) return [];
    const name = file.slice(0, -".json".length);
    return [{ name, path: join(folder, name), type }];
  });
}
