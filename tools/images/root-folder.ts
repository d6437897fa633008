// The root file system of an image while it is put together, and what the images have in common.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TarEntry } from "../../src/node/oci/tar.ts";
import { needsOf } from "./elf.ts";
import type { Packages } from "./packages.ts";

export class RootFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
  }

  folder(name: string, mode = 0o755): void {
    mkdirSync(join(this.path, name), { recursive: true });
    chmodSync(join(this.path, name), mode);
  }

  write(name: string, text: string | Uint8Array, mode = 0o644): void {
    this.folder(dirname(name));
    writeFileSync(join(this.path, name), text);
    chmodSync(join(this.path, name), mode);
  }

  copy(from: string, name: string, mode = 0o755): void {
    this.folder(dirname(name));
    copyFileSync(realpathSync(from), join(this.path, name));
    chmodSync(join(this.path, name), mode);
  }

  link(target: string, name: string): void {
    if (this.has(name)) return;
    this.folder(dirname(name));
    symlinkSync(target, join(this.path, name));
  }

  has(name: string): boolean {
    return lstatSync(join(this.path, name), { throwIfNoEntry: false }) !== undefined;
  }

  /** Copies the libraries that `name` needs, and those that these need, from `sources`. */
  addLibrariesOf(name: string, sources: readonly string[]): void {
    const needs = needsOf(readFileSync(join(this.path, name)));
    if (!needs) return;
    if (needs.interpreter && !this.has(needs.interpreter.slice(1))) {
      this.copy(findBelow(sources, basename(needs.interpreter)), needs.interpreter.slice(1));
    }
    for (const library of needs.libraries) {
      const target = `lib/${library}`;
      if (this.has(target)) continue;
      this.copy(findBelow(sources, library), target);
      this.addLibrariesOf(target, sources);
    }
  }

  /** Everything in it, in the order of names. */
  *entries(modifiedSeconds: number, below = ""): Iterable<TarEntry> {
    for (const name of readdirSync(join(this.path, below)).sort()) {
      const path = below === "" ? name : `${below}/${name}`;
      const file = join(this.path, path);
      const stat = lstatSync(file);
      const mode = stat.mode & 0o7777;
      const common = { path, mode, modifiedSeconds };
      if (stat.isSymbolicLink()) {
        yield { ...common, is: "link", mode: 0o777, target: readlinkSync(file) };
      } else if (stat.isDirectory()) {
        yield { ...common, is: "folder" };
        yield* this.entries(modifiedSeconds, path);
      } else yield { ...common, is: "file", data: readFileSync(file) };
    }
  }
}

function findBelow(folders: readonly string[], name: string): string {
  for (const folder of folders) {
    const found = search(folder, name);
    if (found !== undefined) return found;
  }
  throw new Error(`no package has ${name}`);
}

function search(folder: string, name: string): string | undefined {
  const hit = join(folder, name);
  if (existsSync(hit)) return hit;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const found = entry.isDirectory() ? search(join(folder, entry.name), name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The few files that programs expect. */
export function addBase(root: RootFolder): void {
  for (const name of [
    "bin",
    "etc",
    "home",
    "run",
    "sbin",
    "usr/bin",
    "usr/sbin",
    "var/log",
    "proc",
    "sys",
    "dev",
  ])
    root.folder(name);
  root.folder("tmp", 0o1777);
  root.folder("root", 0o700);
  root.link("../run", "var/run");
  root.write(
    "etc/passwd",
    [
      "root:x:0:0:root:/root:/bin/sh",
      "daemon:x:1:1:daemon:/usr/sbin:/bin/false",
      "www-data:x:33:33:www-data:/var/www:/bin/false",
      "nginx:x:101:101:nginx:/nonexistent:/bin/false",
      "nobody:x:65534:65534:nobody:/home:/bin/false",
      "",
    ].join("\n"),
  );
  root.write(
    "etc/group",
    "root:x:0:\ndaemon:x:1:\ntty:x:5:\nwww-data:x:33:\nnginx:x:101:\nnogroup:x:65534:\n",
  );
  root.write("etc/nsswitch.conf", "hosts: files dns\n");
}

/** The static busybox with a link for each of its programs. */
export function addBusybox(root: RootFolder, packages: Packages): void {
  const original = readFileSync(findBelow([packages.unpacked("busybox-static")], "busybox"));
  // Its shell prefers built-in programs to those on the PATH. So that the wrapper below is met, the built-in wget is
  // renamed in the sorted table of names, to a name of the same length at the same place.
  const at = original.indexOf("\0wc\0wget\0");
  if (at < 0) throw new Error("this busybox has no table of programs with wc and wget in it");
  original.write("wgeT", at + 4, "latin1");
  root.write("bin/busybox", original, 0o755);
  const programs = execFileSync(join(root.path, "bin/busybox"), ["--list"], { encoding: "utf8" });
  for (const name of programs.trim().split("\n")) root.link("busybox", `bin/${name}`);
  root.link("../../bin/busybox", "usr/bin/env");
  root.copy(join(import.meta.dirname, "files/wget"), "bin/wget");
}

export function addNginx(root: RootFolder, packages: Packages): void {
  const names = [
    "nginx",
    "libc6",
    "libcrypt1",
    "libpcre2-8-0",
    "libssl3",
    "zlib1g",
    "bash",
    "libtinfo6",
  ];
  const sources = names.map((name) => packages.unpacked(name));
  root.copy(findBelow([join(packages.unpacked("nginx"), "usr/sbin")], "nginx"), "usr/sbin/nginx");
  root.copy(findBelow([packages.unpacked("bash")], "bash"), "bin/bash");
  for (const program of ["usr/sbin/nginx", "bin/bash"]) root.addLibrariesOf(program, sources);
  for (const name of [
    "etc/nginx/conf.d",
    "usr/share/nginx/html",
    "var/log/nginx",
    "var/lib/nginx",
    "var/cache/nginx",
  ])
    root.folder(name);
  root.link("/dev/stdout", "var/log/nginx/access.log");
  root.link("/dev/stderr", "var/log/nginx/error.log");
  for (const [file, name] of [
    ["nginx.conf", "etc/nginx/nginx.conf"],
    ["default.conf", "etc/nginx/conf.d/default.conf"],
    ["index.html", "usr/share/nginx/html/index.html"],
  ] as const)
    root.copy(join(import.meta.dirname, "files", file), name, 0o644);
}

/** Python with the part of its library that the "minimal" packages hold. */
export function addPython(root: RootFolder, packages: Packages): void {
  const versioned = packages.dependency("python3-minimal", /^python3\.\d+-minimal$/);
  const python = versioned.replace("-minimal", "");
  const library = packages.unpacked(`lib${versioned}`);
  const sources = [versioned, "libc6", "zlib1g", "libexpat1"].map((name) =>
    packages.unpacked(name),
  );
  root.copy(join(packages.unpacked(versioned), `usr/bin/${python}`), `usr/bin/${python}`);
  root.link(python, "usr/bin/python3");
  root.addLibrariesOf(`usr/bin/${python}`, sources);
  cpSync(join(library, `usr/lib/${python}`), join(root.path, `usr/lib/${python}`), {
    recursive: true,
    verbatimSymlinks: true,
  });
}
