// Amounts by resource name: `{ cpu: "500m", memory: "1Gi" }`.
import { parseQuantity, printQuantity, scaledValue } from "../../../quantity.ts";

export type ResourceList = Record<string, string>;

/** Upstream stores nothing finer than a thousandth: what is finer grows to the next one. */
export function roundUpToMilli(list: ResourceList): void {
  for (const name in list) {
    const quantity = parseQuantity(list[name]!);
    if (quantity === undefined || quantity.scale >= -3) continue;
    const { format } = quantity;
    list[name] = printQuantity({ unscaled: scaledValue(quantity, -3), scale: -3, format });
  }
}
