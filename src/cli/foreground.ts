// server and agent: the parts in the foreground, for systemd, containers and `coxswain up`.
import { serveAgent } from "../main/agent-process.ts";
import type { Notice } from "../main/launch.ts";
import { Refusal } from "../main/refusal.ts";
import { serve } from "../main/serve.ts";
import type { Terminal, Values } from "./command.ts";
import { dirOf, mirrors, nameOf, nodeNameOf, serveOptions, text } from "./flags.ts";

export async function runServer(terminal: Terminal, flags: Values): Promise<void> {
  const options = serveOptions(flags);
  const tell = (notice: Notice): void => void process.send?.(notice);
  const report = (line: string): void => {
    terminal.report(line);
    tell({ is: "progress", text: line });
  };
  try {
    const served = await serve(options, {
      report,
      environment: terminal.environment,
      onServing: (running) => tell({ is: "serving", running }),
    });
    // Who is told may answer with a signal at once.
    const toStop = toldToStop();
    tell({ is: "ready", running: served.running });
    if (!process.send)
      terminal.report(`cluster ${options.name} is ready at ${served.running.server}`);
    await toStop;
    await served.stop();
  } catch (error) {
    if (error instanceof Refusal) {
      tell({ is: "refused", exitCode: error.exitCode, message: error.message });
    }
    throw error;
  }
}

export async function runAgent(terminal: Terminal, flags: Values): Promise<void> {
  const server = text(flags, "server");
  const token = text(flags, "token");
  const runtimeEndpoint = text(flags, "runtimeEndpoint");
  const example = "the address of the API server, such as https://10.0.0.1:6443";
  if (server === undefined) throw new Refusal(2, `--server is needed: ${example}`);
  if (!server.startsWith("https://") || !URL.canParse(server))
    throw new Refusal(2, `--server ${server}: ${example}`);
  const served = await serveAgent(
    {
      server,
      ...(token === undefined ? {} : { token }),
      name: nameOf(flags),
      dataDir: dirOf(flags).root,
      nodeName: nodeNameOf(flags),
      ...(runtimeEndpoint === undefined ? {} : { runtimeEndpoint }),
      registryMirrors: mirrors(flags),
    },
    terminal.report,
  );
  const toStop = toldToStop();
  terminal.report(`node ${nodeNameOf(flags)} has joined ${server}`);
  await toStop;
  await served.stop();
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function toldToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let told = false;
  const hear = (): void => {
    if (told) process.exit(1);
    told = true;
    resolve();
  };
  process.on("SIGTERM", hear);
  process.on("SIGINT", hear);
  return promise;
}
