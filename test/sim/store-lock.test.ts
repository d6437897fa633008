import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockFolder } from "../../src/store/lock.ts";

const skip = existsSync("/proc/self/stat") ? false : "needs /proc";

const stateOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "";
};

test("a holder that was killed and is not yet reaped holds nothing", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "cox-lock-"));
  // The shell becomes a sleep, which never asks how the child ended that it has by then.
  const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 30"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const pid = Number(
      await new Promise((r) => parent.stdout.once("data", (d) => r(`${d}`.trim()))),
    );
    while (stateOf(pid) !== "Z") await new Promise((r) => setTimeout(r, 5));
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    writeFileSync(
      join(folder, "lock-old"),
      JSON.stringify({ pid, started: `${boot}/${fields[19]}` }),
    );
    const release = await lockFolder(folder);
    assert.equal(existsSync(join(folder, "lock-old")), false);
    await release();
  } finally {
    parent.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a living holder is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cox-lock-"));
  const release = await lockFolder(folder);
  await assert.rejects(lockFolder(folder), new RegExp(`in use by process ${process.pid}`));
  await release();
  rmSync(folder, { recursive: true, force: true });
});
