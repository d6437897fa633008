import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import type { OpenEmbedded } from "../store/lab.ts";
import { type Defect, defects } from "./defects.ts";

const sources = new URL("../../src/store/", import.meta.url);

/** The text of the file that a defect changes. Throws when the defect has gone stale. */
export function plantedSource({ name, file, find, replace }: Defect): string {
  const source = readFileSync(new URL(file, sources), "utf8");
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`defect "${name}": its text stands ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}

/** Loads a build of the embedded store of its own that has the defect. */
export async function openerWith(defect: Defect): Promise<OpenEmbedded> {
  const mark = `?defect=${defects.indexOf(defect)}`;
  const planted = plantedSource(defect);
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const inside = context.parentURL?.endsWith(mark) && resolved.url.startsWith(sources.href);
      return inside ? { ...resolved, url: resolved.url + mark } : resolved;
    },
    load(url, context, next) {
      if (url !== new URL(defect.file, sources).href + mark) return next(url, context);
      return { ...next(url, context), source: planted };
    },
  });
  try {
    const built = await import(new URL("embedded.ts", sources).href + mark);
    return built.openEmbeddedStore;
  } finally {
    hooks.deregister();
  }
}
