// Ports that are declared twice or in a way that leaves open which is meant.
import type { ContainerPort, PodSpec } from "../../../types/core-v1.ts";
import { eachContainer } from "./each-container.ts";

type Declared = { readonly field: string; readonly port: ContainerPort };

export function portWarnings(out: string[], at: string, spec: PodSpec): void {
  const byNumber = new Map<string, Declared[]>();
  const byName = new Map<string, string>();
  const names: string[] = [];
  eachContainer(at, spec, (containerAt, { ports }) => {
    for (const [i, port] of (ports ?? []).entries()) {
      const field = `${containerAt}.ports[${i}]`;
      if (port.hostIP && !port.hostPort) {
        out.push(`${field}: hostIP set without hostPort: ${goPort(port)}`);
      }
      const key = `${port.containerPort}/${port.protocol}`;
      const others = byNumber.get(key) ?? [];
      for (const other of others) {
        const how = clash(port, other.port);
        if (how) out.push(`${field}: ${how} port definition with ${other.field}`);
      }
      byNumber.set(key, [...others, { field, port }]);
      const first = port.name ? byName.get(port.name) : undefined;
      if (first !== undefined) {
        const what = `duplicate port name ${JSON.stringify(port.name)} with ${first}`;
        names.push(
          `${field}: ${what}, services and probes that select ports by name will use ${first}`,
        );
      } else if (port.name) byName.set(port.name, field);
    }
  });
  out.push(...names);
}

function clash(a: ContainerPort, b: ContainerPort): string | undefined {
  const [aPort, bPort] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [aIp, bIp] = [a.hostIP ?? "", b.hostIP ?? ""];
  if (aIp === bIp && aPort === bPort) return "duplicate";
  if (aPort === 0 || bPort === 0) return "overlapping";
  const isAmbiguous = aPort === bPort && (aIp === "") !== (bIp === "");
  return isAmbiguous ? "dangerously ambiguous" : undefined;
}

/** As Go prints a struct. */
const goPort = ({ name = "", hostPort = 0, containerPort, protocol, hostIP }: ContainerPort) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
