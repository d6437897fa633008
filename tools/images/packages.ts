// Debian packages, downloaded once and unpacked into plain folders.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** As Debian and OCI both name it. */
export function architecture(): string {
  const name = architectures[process.arch];
  if (name === undefined) throw new Error(`no images can be made for ${process.arch}`);
  return name;
}

export class Packages {
  readonly #cache: string;
  readonly #work: string;
  #listsAreFresh = false;

  constructor(cache: string, work: string) {
    this.#cache = cache;
    this.#work = work;
    mkdirSync(cache, { recursive: true });
  }

  /** The folder with the files of `name`. */
  unpacked(name: string): string {
    const folder = join(this.#work, "packages", name);
    if (!existsSync(folder)) {
      const file = this.#file(name) ?? this.#download(name);
      mkdirSync(folder, { recursive: true });
      execFileSync("dpkg-deb", ["-x", file, folder]);
    }
    return folder;
  }

  /** The first package that `name` depends on and that `pattern` matches. */
  dependency(name: string, pattern: RegExp): string {
    const file = this.#file(name) ?? this.#download(name);
    const text = execFileSync("dpkg-deb", ["-f", file, "Pre-Depends", "Depends"], {
      encoding: "utf8",
    });
    const found = text
      .split(/[,\n]/)
      .map((d) => /^(?:[A-Za-z-]+: )?\s*([a-z0-9.+-]+)/.exec(d)?.[1] ?? "")
      .find((d) => pattern.test(d));
    if (found === undefined) throw new Error(`${name} depends on nothing like ${pattern}`);
    return found;
  }

  #file(name: string): string | undefined {
    const files = readdirSync(this.#cache)
      .filter((f) => f.startsWith(`${name}_`))
      .sort();
    const last = files.at(-1);
    return last === undefined ? undefined : join(this.#cache, last);
  }

  #download(name: string): string {
    const get = (): void => {
      const args = ["-qq", "-o", "APT::Sandbox::User=root", "download", name];
      execFileSync("apt-get", args, { cwd: this.#cache, stdio: ["ignore", "ignore", "pipe"] });
    };
    try {
      get();
    } catch (error) {
      if (this.#listsAreFresh) throw error;
      this.#listsAreFresh = true;
      execFileSync("apt-get", ["-qq", "update"], { stdio: ["ignore", "ignore", "inherit"] });
      get();
    }
    const file = this.#file(name);
    if (file === undefined) throw new Error(`apt-get download ${name} left no file`);
    return file;
  }
}
