// Makes the images of the examples and tests from Debian packages, without any registry and without a container tool:
//   node tools/images/make.ts FOLDER [pause|busybox|nginx|train|model-training-operator ...]
// Writes one OCI archive per image; the same packages give the same bytes. Needs apt-get and dpkg-deb, and a package
// mirror for what is not in --cache FOLDER (default: a folder below the system's temporary one).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type ImageConfig, imageArchive } from "../../src/node/oci/archive.ts";
import { pauseArchive } from "../../src/node/oci/pause.ts";
import { tar } from "../../src/node/oci/tar.ts";
import { addNode, addProgram } from "./node-program.ts";
import { architecture, Packages } from "./packages.ts";
import { addBase, addBusybox, addNginx, addPython, RootFolder } from "./root-folder.ts";

const createdSeconds = 1_700_000_000;
const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const hub = (name: string, ...tags: string[]): string[] =>
  tags.map((tag) => `docker.io/${name.includes("/") ? name : `library/${name}`}:${tag}`);

type Recipe = {
  names: readonly string[];
  config: ImageConfig;
  fill: (root: RootFolder, packages: Packages) => void;
};

const recipes: Readonly<Record<string, Recipe>> = {
  busybox: {
    names: hub("busybox", "latest", "1.28", "1.36"),
    config: { Env: [path], Cmd: ["sh"] },
    fill(root, packages) {
      addBase(root);
      addBusybox(root, packages);
    },
  },
  nginx: {
    names: hub("nginx", "1.14.2", "latest", "1.16.1"),
    config: {
      ExposedPorts: { "80/tcp": {} },
      Env: [path],
      Cmd: ["nginx", "-g", "daemon off;"],
      StopSignal: "SIGTERM",
    },
    fill(root, packages) {
      addBase(root);
      addBusybox(root, packages);
      addNginx(root, packages);
    },
  },
  "model-training-operator": {
    names: hub("coxswain/model-training-operator", "1.0"),
    config: {
      ExposedPorts: { "8080/tcp": {} },
      Env: [path, "NODE_ENV=production"],
      WorkingDir: "/app",
      User: "65534",
      Entrypoint: ["/usr/bin/node", "/app/main.js"],
    },
    fill(root, packages) {
      addBase(root);
      addNode(root, packages);
      addProgram(root, "examples/model-training-operator/main.ts");
    },
  },
  train: {
    names: hub("coxswain/train", "1.0"),
    config: {
      Env: [path, "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1"],
      WorkingDir: "/app",
      Cmd: ["python3", "train.py"],
    },
    fill(root, packages) {
      addBase(root);
      addBusybox(root, packages);
      addPython(root, packages);
      root.copy(join(import.meta.dirname, "files/train.py"), "app/train.py", 0o644);
    },
  },
};

/** Answers the files that were written. */
export function makeImages(out: string, wanted: readonly string[], cache: string): string[] {
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "coxswain-images-"));
  try {
    const packages = new Packages(cache, work);
    return wanted.map((name) => {
      const file = join(out, `${name}.tar`);
      writeFileSync(file, archiveOf(name, packages, join(work, `root-${name}`)));
      return file;
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function archiveOf(name: string, packages: Packages, folder: string): Uint8Array {
  if (name === "pause") {
    const archive = pauseArchive(process.arch);
    if (archive) return archive;
  }
  const recipe = recipes[name];
  if (!recipe) {
    throw new Error(`unknown image "${name}": one of pause, ${Object.keys(recipes).join(", ")}`);
  }
  const root = new RootFolder(folder);
  recipe.fill(root, packages);
  return imageArchive({
    names: recipe.names,
    architecture: architecture(),
    config: recipe.config,
    layer: tar(root.entries(createdSeconds)),
    createdSeconds,
  });
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cache: { type: "string", default: join(tmpdir(), "coxswain-packages") },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [out, ...wanted] = positionals;
  if (out === undefined || values.help) {
    console.error("usage: node tools/images/make.ts FOLDER [--cache FOLDER] [IMAGE ...]");
    console.error(`images: pause, ${Object.keys(recipes).join(", ")}`);
    process.exit(values.help ? 0 : 2);
  }
  const names = wanted.length > 0 ? wanted : ["pause", ...Object.keys(recipes)];
  for (const file of makeImages(resolve(out), names, resolve(values.cache))) console.log(file);
}
