// One look at a container by a probe: over HTTP, TCP or gRPC to the pod's address, or by a command in it.
import type { Probe } from "../../schema/types/core-v1.ts";
import { headersOf, httpUrl, portOf } from "../act/hooks.ts";
import type { Host, ProbeAnswer } from "../host.ts";
import { type Runtime, RuntimeError, runtimeCodes } from "../runtime.ts";
import type { ProbeTarget } from "./table.ts";

/** Longest output that an event shows. */
const outputMax = 10 * 1024;

export async function runProbe(
  { host, runtime }: { host: Host; runtime: Runtime },
  probe: Probe,
  target: ProbeTarget,
  podIp: string,
): Promise<ProbeAnswer> {
  const seconds = probe.timeoutSeconds ?? 1;
  const timeoutMs = seconds * 1000;
  const { container } = target;
  if (probe.exec) {
    return await runCommand(runtime, target.containerId, probe.exec.command ?? [], seconds);
  }
  if (probe.httpGet) {
    const headers = headersOf(probe.httpGet);
    return await host.probeHttp({
      url: httpUrl(probe.httpGet, container, podIp),
      headers,
      timeoutMs,
    });
  }
  if (probe.tcpSocket) {
    const { host: name, port } = probe.tcpSocket;
    return await host.probeTcp(name || podIp, portOf(port, container), timeoutMs);
  }
  if (probe.grpc) {
    return await host.probeGrpc(podIp, probe.grpc.port, probe.grpc.service ?? "", timeoutMs);
  }
  throw new Error("missing probe handler");
}

async function runCommand(
  runtime: Runtime,
  containerId: string,
  command: readonly string[],
  seconds: number,
): Promise<ProbeAnswer> {
  try {
    const done = await runtime.execSync(containerId, command, seconds);
    const output = Buffer.concat([done.stdout, done.stderr]).toString("utf8", 0, outputMax);
    return { result: done.exitCode === 0 ? "success" : "failure", output };
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === runtimeCodes.deadlineExceeded))
      throw error;
    return {
      result: "failure",
      output: `command timed out: "${command.join(" ")}" timed out after ${seconds}s`,
    };
  }
}
