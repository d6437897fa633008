// The pods' own network on this node: a bridge with the node's subnet, and the CNI list that puts pods on it.

export type PodNetwork = {
  bridge: string;
  /** The node's part of the pods' network: `10.244.3.0/24`. */
  podCidr: string;
  /** Where host-local keeps which addresses are taken. */
  leaseFolder: string;
  mtu: number;
};

/** The first address of the subnet: the bridge's own, the pods' gateway. */
export function gatewayOf(podCidr: string): string {
  const [first = ""] = podCidr.split("/");
  return first.replace(/\d+$/, (last) => `${Number(last) + 1}`);
}

/** `net.d/10-coxswain.conflist`. It never changes while pods run: their removal would use the new one. */
export function conflist({ bridge, podCidr, leaseFolder, mtu }: PodNetwork): string {
  const list = {
    cniVersion: "0.4.0",
    name: bridge,
    plugins: [
      {
        type: "bridge",
        bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        mtu,
        ipam: {
          type: "host-local",
          dataDir: leaseFolder,
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
      { type: "bandwidth", capabilities: { bandwidth: true } },
    ],
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}
