// What NetworkPolicies mean for the pods of one node. Pure: policies, pods and namespaces in, matches out.
//
//   a policy that lets pods with `app=web` be called by `app=front` on port 80 becomes, for a pod 10.244.0.5 of
//   this node, the chain [{ peer: the addresses of app=front, port: tcp 80 }]; what no match lets through is dropped.
import { networkOf, parseAddress, parseCidr, printCidr } from "../../schema/ip.ts";
import { matchesLabels, type Selection, selectionFrom } from "../../schema/selectors.ts";
import type { Namespace, Pod } from "../../schema/types/core-v1.ts";
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  PolicyType,
} from "../../schema/types/networking-v1.ts";

export type Protocol = "tcp" | "udp" | "sctp";

/** Whom a match lets through; both parts must hold. */
export type Match = {
  /** The other side; absent: anybody. */
  readonly peer?:
    | { readonly is: "pods"; readonly addresses: readonly string[] }
    | { readonly is: "block"; readonly cidr: string; readonly except: readonly string[] };
  /** The port that is called; absent: any, without `from`: any of the protocol. */
  readonly port?: { readonly protocol: Protocol; readonly from?: number; readonly to?: number };
};

/** By address of an isolated pod: what may come in, and what may go out. */
export type PolicyRules = {
  readonly ingress: ReadonlyMap<string, readonly Match[]>;
  readonly egress: ReadonlyMap<string, readonly Match[]>;
};

export type PolicyInput = {
  readonly nodeName: string;
  readonly policies: readonly NetworkPolicy[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
};

/** A pod that has an address of its own. */
type Reached = { readonly pod: Pod; readonly address: string };

type View = { readonly reached: readonly Reached[]; readonly labelsOf: LabelsOf };
type LabelsOf = (namespace: string | undefined) => Readonly<Record<string, string>> | undefined;

/** Pure: what the policies say for the pods of one node. */
export function policyRules({ nodeName, policies, pods, namespaces }: PolicyInput): PolicyRules {
  const labels = new Map(namespaces.map((n) => [n.metadata.name, n.metadata.labels ?? {}]));
  const view: View = { reached: pods.flatMap(reach), labelsOf: (name) => labels.get(name) };
  const ingress = new Map<string, Match[]>();
  const egress = new Map<string, Match[]>();
  for (const policy of policies) {
    const selection = selectionFrom(policy.spec.podSelector ?? {});
    const types = typesOf(policy);
    for (const own of view.reached) {
      const { metadata, spec } = own.pod;
      if (spec.nodeName !== nodeName || metadata.namespace !== policy.metadata.namespace) continue;
      if (!matchesLabels(selection, metadata.labels ?? {})) continue;
      if (types.includes("Ingress")) add(ingress, own.address, comingIn(policy, own, view));
      if (types.includes("Egress")) add(egress, own.address, goingOut(policy, view));
    }
  }
  return { ingress, egress };
}

function add(rules: Map<string, Match[]>, address: string, matches: readonly Match[]): void {
  rules.set(address, [...(rules.get(address) ?? []), ...matches]);
}

/** Pods on their node's network are the node to others; ended ones have given their address back. */
function reach(pod: Pod): Reached[] {
  const address = pod.status?.podIP;
  const isOver = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  if (!address || pod.spec.hostNetwork || isOver) return [];
  return isIpv4(address) ? [{ pod, address }] : [];
}

const isIpv4 = (text: string): boolean => parseAddress(text)?.bytes.length === 4;

/** As the API defaults them, for objects of an older store. */
const typesOf = ({ spec }: NetworkPolicy): readonly PolicyType[] =>
  spec.policyTypes ?? (spec.egress ? ["Ingress", "Egress"] : ["Ingress"]);

function comingIn(policy: NetworkPolicy, own: Reached, view: View): Match[] {
  return (policy.spec.ingress ?? []).flatMap(({ from = [], ports = [] }) => {
    const peers = from.length === 0 ? [undefined] : from;
    // A named port is one of the pod that is called: this one.
    const wanted = ports.length === 0 ? [undefined] : ports.flatMap((p) => portsOf(p, own.pod));
    return peers.flatMap((peer) => {
      const side = peer === undefined ? {} : sideOf(peer, policy, view);
      return side ? wanted.map((port) => ({ ...side, ...(port ? { port } : {}) })) : [];
    });
  });
}

function goingOut(policy: NetworkPolicy, view: View): Match[] {
  return (policy.spec.egress ?? []).flatMap(({ to = [], ports = [] }) => {
    const peers = to.length === 0 ? [undefined] : to;
    return peers.flatMap((peer) => {
      const side = peer === undefined ? {} : sideOf(peer, policy, view);
      if (!side) return [];
      if (ports.length === 0) return [side];
      return ports.flatMap((port) =>
        typeof port.port === "string"
          ? namedOutside(port, peer, policy, view)
          : [{ ...side, ...withPort(port) }],
      );
    });
  });
}

/** A named port that is called elsewhere means a number for each pod that has it, and nothing for a block. */
function namedOutside(
  port: NetworkPolicyPort,
  peer: NetworkPolicyPeer | undefined,
  policy: NetworkPolicy,
  view: View,
): Match[] {
  if (peer?.ipBlock) return [];
  const byNumber = new Map<number, { port: NonNullable<Match["port"]>; addresses: string[] }>();
  for (const { pod, address } of peer ? chosen(peer, policy, view) : view.reached) {
    for (const found of portsOf(port, pod)) {
      const known = byNumber.get(found.from ?? 0) ?? { port: found, addresses: [] };
      known.addresses.push(address);
      byNumber.set(found.from ?? 0, known);
    }
  }
  return [...byNumber.values()].map((one) => ({
    peer: { is: "pods", addresses: one.addresses.sort() },
    port: one.port,
  }));
}

const withPort = (port: NetworkPolicyPort): Pick<Match, "port"> => {
  const [numbered] = portsOf(port, undefined);
  return numbered ? { port: numbered } : {};
};

/** Numbers of a port; a name is looked up in the containers of `pod`. */
function portsOf(wanted: NetworkPolicyPort, pod: Pod | undefined): NonNullable<Match["port"]>[] {
  const protocol = (wanted.protocol ?? "TCP").toLowerCase() as Protocol;
  if (wanted.port === undefined) return [{ protocol }];
  if (typeof wanted.port === "number") {
    return [{ protocol, from: wanted.port, to: wanted.endPort ?? wanted.port }];
  }
  const all = [...(pod?.spec.initContainers ?? []), ...(pod?.spec.containers ?? [])];
  return all
    .flatMap((c) => c.ports ?? [])
    .filter((p) => p.name === wanted.port && (p.protocol ?? "TCP") === (wanted.protocol ?? "TCP"))
    .map((p) => ({ protocol, from: p.containerPort, to: p.containerPort }));
}

/** Undefined for a block of a family that pods do not have here. */
function sideOf(
  peer: NetworkPolicyPeer,
  policy: NetworkPolicy,
  view: View,
): Pick<Match, "peer"> | undefined {
  if (!peer.ipBlock) {
    const addresses = chosen(peer, policy, view).map((r) => r.address);
    return { peer: { is: "pods", addresses: addresses.sort() } };
  }
  const cidr = blockText(peer.ipBlock.cidr);
  if (cidr === undefined) return undefined;
  const except = (peer.ipBlock.except ?? []).flatMap((text) => blockText(text) ?? []);
  return { peer: { is: "block", cidr, except } };
}

function blockText(text: string): string | undefined {
  const block = parseCidr(text);
  return block?.address.bytes.length === 4 ? printCidr(networkOf(block)) : undefined;
}

/** Without a selector of namespaces only the policy's own counts. */
function chosen(peer: NetworkPolicyPeer, policy: NetworkPolicy, view: View): Reached[] {
  const pods = selectionFrom(peer.podSelector ?? {});
  const spaces = peer.namespaceSelector && selectionFrom(peer.namespaceSelector);
  return view.reached.filter(
    ({ pod: { metadata } }) =>
      inSpace(metadata.namespace, spaces, policy, view.labelsOf) &&
      matchesLabels(pods, metadata.labels ?? {}),
  );
}

function inSpace(
  name: string | undefined,
  spaces: Selection | undefined,
  policy: NetworkPolicy,
  labelsOf: LabelsOf,
): boolean {
  if (spaces === undefined) return name === policy.metadata.namespace;
  const labels = labelsOf(name);
  return labels !== undefined && matchesLabels(spaces, labels);
}
