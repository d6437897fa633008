// `coxswain agent`: a worker node in a process of its own.
import type { Progress } from "./options.ts";
import { Refusal } from "./refusal.ts";

export type AgentProcessOptions = {
  server: string;
  token?: string;
  dataDir: string;
  nodeName: string;
  runtimeEndpoint?: string;
  registryMirrors: Readonly<Record<string, string>>;
};

export async function serveAgent(
  options: AgentProcessOptions,
  _report: Progress,
): Promise<{ stop(): Promise<void> }> {
  throw new Refusal(1, `joining ${options.server} is not built yet`);
}
