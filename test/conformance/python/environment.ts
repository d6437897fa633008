// The Kubernetes Python client from PyPI, unchanged, in a virtual environment of its own.
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../e2e/machine.ts";

const version = "37.0.2";
const environment = join(tmpdir(), `cox-python-${version}`);

export const python = join(environment, "bin/python");

/** Makes the environment when there is none; why there can be none. */
export async function whyNoPython(): Promise<string | undefined> {
  if (existsSync(join(environment, "ready"))) return undefined;
  const made = await run("python3", ["-m", "venv", environment]);
  if (made.code !== 0) return `needs python3 with venv: ${made.stderr.slice(0, 200)}`;
  const pip = await run(join(environment, "bin/pip"), ["install", "-q", `kubernetes==${version}`], {
    timeoutMs: 300_000,
  });
  if (pip.code !== 0) return `cannot install kubernetes ${version}: ${pip.stderr.slice(-200)}`;
  await run("touch", [join(environment, "ready")]);
  return undefined;
}
