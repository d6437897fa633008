// Lifecycle hooks of containers, and what probes over HTTP share with them.
import { sleep } from "../../lib/clock.ts";
import type {
  Container,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
} from "../../schema/types/core-v1.ts";
import type { NodeContext } from "../context.ts";
import { podText } from "../pod/labels.ts";

/** Rejects with the message that the container's status shows. */
export async function runHook(
  context: NodeContext,
  hook: LifecycleHandler,
  target: { pod: Pod; container: Container; containerId: string; podIp: string },
): Promise<void> {
  const { pod, container, containerId } = target;
  const whose = `for Container "${container.name}" in Pod "${podText(pod)}" failed - error:`;
  if (hook.exec) {
    const command = hook.exec.command ?? [];
    const done = await context.runtime.execSync(containerId, command, 0);
    if (done.exitCode === 0) return;
    const output = Buffer.concat([done.stdout, done.stderr]).toString("utf8");
    const shown = `[${command.join(" ")}]`;
    const why = `command '${command.join(" ")}' exited with ${done.exitCode}`;
    throw new Error(
      `Exec lifecycle hook (${shown}) ${whose} ${why}: ${output}, message: ${JSON.stringify(output)}`,
    );
  }
  if (hook.httpGet) {
    try {
      await context.host.httpGet(
        httpUrl(hook.httpGet, container, target.podIp),
        headersOf(hook.httpGet),
      );
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(`HTTP lifecycle hook (${hook.httpGet.path}) ${whose} ${why}`, {
        cause: error,
      });
    }
  }
  if (hook.sleep) await sleep(context.clock, hook.sleep.seconds * 1000);
}

export function httpUrl(get: HTTPGetAction, container: Container, podIp: string): URL {
  const host = get.host || podIp;
  const port = portOf(get.port, container);
  const scheme = (get.scheme ?? "HTTP").toLowerCase();
  const path = get.path ?? "/";
  const shown = host.includes(":") ? `[${host}]` : host;
  return new URL(`${scheme}://${shown}:${port}${path.startsWith("/") ? path : `/${path}`}`);
}

export const headersOf = (get: HTTPGetAction): [string, string][] =>
  (get.httpHeaders ?? []).map((h) => [h.name, h.value]);

/** A number, or the name of one of the container's ports. */
export function portOf(port: number | string, container: Container): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find((p) => p.name === port);
  if (named) return named.containerPort;
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65536) return number;
  throw new Error(`couldn't find port: ${JSON.stringify(port)}`);
}
