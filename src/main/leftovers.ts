// What a cluster leaves on the machine beside its data directory.
import type { DataDir } from "./data-dir.ts";
import type { Progress } from "./options.ts";

export async function removeNodeLeftovers(dir: DataDir, report: Progress): Promise<void> {
  report(`removing ${dir.root}`);
}
