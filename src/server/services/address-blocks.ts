// The blocks from which Services get their addresses: the server's own, and those that ServiceCIDR objects add.
import { serviceCIDRs } from "../../schema/resources.ts";
import type { ServiceCIDR } from "../../schema/types/networking-v1.ts";
import type { Core, View } from "../context.ts";
import { addressRange, isIn, type Range } from "./ranges.ts";

/** Of IPv4; looked up anew when the objects have changed. */
export class AddressBlocks {
  readonly #core: Core;
  /** The block that the server was started with. */
  readonly own: string;
  #view: View<ServiceCIDR> | undefined;
  #made: { revision: number; ranges: readonly Range[] } | undefined;

  /** `own`: the block that the server was started with; it needs no object to be used. */
  constructor(core: Core, own: string) {
    this.#core = core;
    this.own = own;
  }

  /** The server's own first. A block whose object is not ready, or on its way out, gives no addresses. */
  get ranges(): readonly Range[] {
    this.#view ??= this.#core.view(serviceCIDRs);
    const { revision } = this.#view;
    if (this.#made?.revision !== revision) {
      const blocks = this.#view
        .list()
        .filter(isReady)
        .flatMap(({ spec }) => spec?.cidrs ?? []);
      const all = new Set([this.own, ...blocks.filter((block) => !block.includes(":"))]);
      this.#made = { revision, ranges: [...all].map(addressRange) };
    }
    return this.#made.ranges;
  }

  ownHas(address: number): boolean {
    return isIn(addressRange(this.own), address);
  }

  has(address: number): boolean {
    return this.ranges.some((range) => isIn(range, address));
  }
}

const isReady = ({ metadata, status }: ServiceCIDR): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");
