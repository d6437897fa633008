// Tells a process from a later one that got the same number.
import { readFileSync } from "node:fs";

/** A process that has ended and waits for its parent to notice; init may take its time. */
const ended = "ended";

/** When a process was started, as Linux tells it, with the boot's identity; "" where unknown. */
export function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; the start is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return ended;
    return `${boot.trim()}/${fields[19]}`;
  } catch (error) {
    if (["ENOENT", "EACCES", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return "";
    throw error;
  }
}

/** True when the process that `started` belongs to is there; an unknown start is taken for the same one. */
export function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(pid);
  if (now === ended) return false;
  return now === "" || started === "" || now === started;
}
