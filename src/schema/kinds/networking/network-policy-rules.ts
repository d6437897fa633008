// The rules of a network policy.
import { notSupported, required } from "../../field-error.ts";
import { checkLegacyCidr, cidrWarnings, contains, networkOf, parseCidr } from "../../ip.ts";
import { checkPortName, checkPortNumber } from "../../names.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type { Cause } from "../../status-error.ts";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "../../types/networking-v1.ts";
import { forbidden, invalid, type Out, refuse } from "../checks.ts";

const protocols = ["TCP", "UDP", "SCTP"];
const policyTypes = ["Ingress", "Egress"];

/** One direction of traffic in one rule, with the path of its peers. */
type Direction = {
  readonly at: string;
  readonly peersAt: string;
  readonly ports: readonly NetworkPolicyPort[];
  readonly peers: readonly NetworkPolicyPeer[];
};

function directionsOf({ ingress = [], egress = [] }: NetworkPolicySpec): Direction[] {
  return [
    ...ingress.map(({ ports = [], from = [] }, i) => {
      const at = `spec.ingress[${i}]`;
      return { at, peersAt: `${at}.from`, ports, peers: from };
    }),
    ...egress.map(({ ports = [], to = [] }, i) => {
      const at = `spec.egress[${i}]`;
      return { at, peersAt: `${at}.to`, ports, peers: to };
    }),
  ];
}

export function validateNetworkPolicy(
  { spec }: NetworkPolicy,
  old: NetworkPolicy | undefined,
): Cause[] {
  const out: Out = [];
  const last: Out = [];
  const accepted = old === undefined ? [] : blocksOf(old.spec);
  out.push(...checkLabelSelector("spec.podSelector", spec.podSelector));
  for (const { at, peersAt, ports, peers } of directionsOf(spec)) {
    for (const [i, port] of ports.entries()) checkPort(out, `${at}.ports[${i}]`, port);
    for (const [i, peer] of peers.entries()) {
      checkPeer(out, `${peersAt}[${i}]`, peer, { accepted, last });
    }
  }
  checkTypes(out, "spec.policyTypes", spec.policyTypes ?? []);
  return [...out, ...last];
}

/** Blocks that are there already stay valid. */
const blocksOf = (spec: NetworkPolicySpec): string[] =>
  directionsOf(spec).flatMap(({ peers }) =>
    peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  );

function checkTypes(out: Out, at: string, types: readonly string[]): void {
  if (types.length > policyTypes.length) {
    invalid(out, at, types, "may not specify more than two policyTypes");
    return;
  }
  for (const [i, type] of types.entries()) {
    if (!policyTypes.includes(type)) out.push(notSupported(`${at}[${i}]`, type, policyTypes));
  }
}

function checkPort(out: Out, at: string, { protocol, port, endPort }: NetworkPolicyPort): void {
  if (protocol !== undefined && !protocols.includes(protocol)) {
    out.push(notSupported(`${at}.protocol`, protocol, protocols));
  }
  const field = `${at}.endPort`;
  if (typeof port === "number") {
    refuse(out, `${at}.port`, port, checkPortNumber(port));
    if (endPort === undefined) return;
    if (endPort < port) invalid(out, field, endPort, "must be greater than or equal to `port`");
    refuse(out, field, endPort, checkPortNumber(endPort));
    return;
  }
  if (endPort !== undefined) {
    const why = port === undefined ? "not specified" : "non-numeric";
    invalid(out, field, endPort, `may not be specified when \`port\` is ${why}`);
  }
  if (port !== undefined) refuse(out, `${at}.port`, port, checkPortName(port));
}

/** `last`: what upstream's newer kind of rules says, behind everything else. */
type PeerRules = { readonly accepted: string[]; readonly last: Out };

function checkPeer(out: Out, at: string, peer: NetworkPolicyPeer, rules: PeerRules): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  out.push(...checkLabelSelector(`${at}.podSelector`, podSelector));
  out.push(...checkLabelSelector(`${at}.namespaceSelector`, namespaceSelector));
  if (ipBlock) checkBlock(out, `${at}.ipBlock`, ipBlock, rules);
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (!hasSelector && !ipBlock) out.push(required(at, "must specify a peer"));
  if (hasSelector && ipBlock) forbidden(out, at, "may not specify both ipBlock and another peer");
}

function checkBlock(
  out: Out,
  at: string,
  { cidr, except }: IPBlock,
  { accepted, last }: PeerRules,
): void {
  if (!cidr) {
    last.push(required(`${at}.cidr`));
    return;
  }
  out.push(...checkLegacyCidr(`${at}.cidr`, cidr, accepted));
  const block = parseCidr(cidr);
  if (block === undefined) return;
  for (const [i, text] of (except ?? []).entries()) {
    const field = `${at}.except[${i}]`;
    out.push(...checkLegacyCidr(field, text, accepted));
    const part = parseCidr(text);
    if (part === undefined) continue;
    const isPart = contains(block, networkOf(part).address) && block.prefix < part.prefix;
    if (!isPart) invalid(out, field, text, "must be a strict subset of `cidr`");
  }
}

export const networkPolicyWarnings = ({ spec }: NetworkPolicy): string[] =>
  directionsOf(spec).flatMap(({ peersAt, peers }) =>
    peers.flatMap(({ ipBlock }, i) => {
      if (ipBlock === undefined) return [];
      const at = `${peersAt}[${i}].ipBlock`;
      const except = ipBlock.except ?? [];
      return [
        ...cidrWarnings(`${at}.cidr`, ipBlock.cidr),
        ...except.flatMap((part, j) => cidrWarnings(`${at}.except[${j}]`, part)),
      ];
    }),
  );
