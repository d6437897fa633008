import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";
import { exitCode, runSeconds, scriptOf } from "./script.ts";

const config = (...command: string[]) => ({ command, args: [] }) as unknown as ContainerConfig;
const sandbox = (annotations: Record<string, string> = {}) => ({ annotations }) as SandboxConfig;

test("commands say what a simulated container does", () => {
  const rows: [string[], number | undefined, number, string[]][] = [
    [[], undefined, 0, []],
    [["nginx"], undefined, 0, []],
    [["sleep", "3"], 3000, 0, []],
    [["sleep", "infinity"], undefined, 0, []],
    [["false"], 0, 1, []],
    [["/bin/echo", "a", "b"], 0, 0, ["a b"]],
    [["sh", "-c", "echo 'hi there'; sleep 2; exit 4"], 2000, 4, ["hi there"]],
    [["bash", "-ec", "echo a && serve"], undefined, 0, ["a"]],
    [["sh", "-c", "false; exit"], 0, 1, []],
  ];
  for (const [command, runMs, code, lines] of rows) {
    const script = scriptOf(config(...command), sandbox());
    assert.deepEqual(
      [script.runMs, script.exitCode, [...script.lines]],
      [runMs, code, lines],
      command.join(" "),
    );
  }
});

test("annotations of the pod come before commands", () => {
  const script = scriptOf(config("nginx"), sandbox({ [runSeconds]: "5", [exitCode]: "2" }));
  assert.deepEqual([script.runMs, script.exitCode], [5000, 2]);
});
