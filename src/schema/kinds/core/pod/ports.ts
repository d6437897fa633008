// Ports of containers, and ports by number or name.
import { duplicate, required } from "../../../field-error.ts";
import { checkPortName, checkPortNumber } from "../../../names.ts";
import type { ContainerPort } from "../../../types/core-v1.ts";
import { type Out, oneOf, refuse } from "../../checks.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export function checkPorts(
  out: Out,
  at: string,
  ports: readonly ContainerPort[] | undefined,
): void {
  if (ports === undefined) return;
  const names = new Set<string>();
  for (const [i, { name, containerPort, hostPort, protocol }] of ports.entries()) {
    const here = `${at}[${i}]`;
    if (name) {
      const problems = checkPortName(name);
      if (problems.length > 0) refuse(out, `${here}.name`, name, problems);
      else if (names.has(name)) out.push(duplicate(`${here}.name`, name));
      names.add(name);
    }
    if (!containerPort) out.push(required(`${here}.containerPort`));
    else refuse(out, `${here}.containerPort`, containerPort, checkPortNumber(containerPort));
    if (hostPort) refuse(out, `${here}.hostPort`, hostPort, checkPortNumber(hostPort));
    oneOf(out, `${here}.protocol`, protocol, protocols);
  }
}

export function portNumberOrName(out: Out, at: string, port: number | string | undefined): void {
  if (typeof port === "string") refuse(out, at, port, checkPortName(port));
  else refuse(out, at, port ?? 0, checkPortNumber(port ?? 0));
}
