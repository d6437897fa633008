// Which addresses traffic may be sent to.
import { invalidValue } from "../../field-error.ts";
import { parseAddress } from "../../ip.ts";
import type { Out } from "../checks.ts";

type Block = { readonly name: string; readonly isIn: (bytes: readonly number[]) => boolean };

const isV4 = (bytes: readonly number[]): boolean => bytes.length === 4;
const allZero = (bytes: readonly number[]): boolean => bytes.every((byte) => byte === 0);

const reserved: readonly Block[] = [
  {
    name: "may not be in the loopback range (127.0.0.0/8, ::1/128)",
    isIn: (bytes) =>
      isV4(bytes) ? bytes[0] === 127 : allZero(bytes.slice(0, 15)) && bytes[15] === 1,
  },
  {
    name: "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    isIn: ([a, b, ...rest]) =>
      rest.length === 2 ? a === 169 && b === 254 : a === 0xfe && (b! & 0xc0) === 0x80,
  },
  {
    name: "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
    isIn: ([a, b, c, ...rest]) =>
      rest.length === 1 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b! & 0x0f) === 0x02,
  },
];

export function checkEndpointIp(out: Out, at: string, text: string): void {
  const address = parseAddress(text);
  if (address === undefined) {
    out.push(invalidValue(at, text, "must be a valid IP address"));
    return;
  }
  const bytes = [...address.bytes];
  if (allZero(bytes)) out.push(invalidValue(at, text, `may not be unspecified (${text})`));
  for (const { name, isIn } of reserved) {
    if (isIn(bytes)) out.push(invalidValue(at, text, name));
  }
}
