// The rules of a service's ports.
import { duplicate, invalidValue, required } from "../../../field-error.ts";
import { checkPortName, checkPortNumber } from "../../../names.ts";
import type { ServicePort } from "../../../types/core-v1.ts";
import { dnsLabel, type Out, oneOf, qualifiedName, refuse } from "../../checks.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export function checkServicePorts(out: Out, at: string, ports: readonly ServicePort[]): void {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const here = `${at}[${i}]`;
    const { name = "" } = port;
    if (name !== "") {
      dnsLabel(out, `${here}.name`, name);
      if (names.has(name)) out.push(duplicate(`${here}.name`, name));
      names.add(name);
    } else if (ports.length > 1) out.push(required(`${here}.name`));
    refuse(out, `${here}.port`, port.port, checkPortNumber(port.port));
    oneOf(out, `${here}.protocol`, port.protocol, protocols);
    checkTargetPort(out, `${here}.targetPort`, port.targetPort);
    if (port.appProtocol !== undefined) {
      qualifiedName(out, `${here}.appProtocol`, port.appProtocol);
    }
  }
}

function checkTargetPort(out: Out, at: string, port: number | string = 0): void {
  const problems = typeof port === "number" ? checkPortNumber(port) : checkPortName(port);
  for (const problem of problems) out.push(invalidValue(at, port, problem));
}
