// IP addresses and CIDR blocks as the API takes them: sloppy where upstream has always been
// (leading zeros), and checks in upstream's words for the fields that are strict.
import { invalidValue } from "./field-error.ts";
import type { Cause } from "./status-error.ts";

export type Address = {
  /** 4 or 16 bytes; an IPv4-mapped IPv6 address has 4, as in upstream's comparisons. */
  readonly bytes: Uint8Array;
  /** Written as `::ffff:1.2.3.4`. */
  readonly mapped: boolean;
  /** Only today's parsers' form: no needless zeros. */
  readonly strict: boolean;
};

export type Cidr = {
  readonly address: Address;
  /** Length of the network's prefix in bits of `address.bytes`. */
  readonly prefix: number;
  readonly strict: boolean;
};

/** Undefined when `text` is no address. */
export function parseAddress(text: string): Address | undefined {
  const dot = text.indexOf(".");
  const colon = text.indexOf(":");
  if (colon >= 0 && (dot < 0 || colon < dot)) return parseV6(text);
  if (dot < 0) return undefined;
  const v4 = parseV4(text);
  return v4 && { ...v4, mapped: false };
}

/** Undefined when `text` is no address with a prefix length. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^[0-9]{1,8}$/.test(length)) return undefined;
  const bits = address.bytes.length * 8;
  const written = Number(length);
  if (written > (address.mapped ? 128 : bits)) return undefined;
  const strict = address.strict && String(written) === length;
  if (!address.mapped) return { address, prefix: written, strict };
  // A mapped block that reaches beyond the IPv4 part stays one of IPv6.
  if (written < 96) return { address: widened(address), prefix: written, strict };
  return { address, prefix: written - 96, strict };
}

/** The canonical text (RFC 5952), that of IPv4 for a mapped address. */
export function printAddress({ bytes }: Pick<Address, "bytes">): string {
  if (bytes.length === 4) return bytes.join(".");
  if (isMapped(bytes)) return bytes.slice(12).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
  const [start, length] = longestZeros(groups);
  const hex = groups.map((g) => g.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** The block's network: bits behind the prefix are zero. */
export function networkOf({ address, prefix }: Cidr): Cidr {
  const bytes = address.bytes.map((byte, i) => {
    const kept = Math.min(Math.max(prefix - i * 8, 0), 8);
    return byte & (0xff00 >> kept);
  });
  return { address: { bytes, mapped: address.mapped, strict: true }, prefix, strict: true };
}

export const printCidr = ({ address, prefix }: Cidr): string =>
  `${printAddress(address)}/${prefix}`;

export function sameAddress(a: Address, b: Address): boolean {
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}

export function contains(block: Cidr, address: Address): boolean {
  if (block.address.bytes.length !== address.bytes.length) return false;
  const asBlock = { address, prefix: block.prefix, strict: true };
  return sameAddress(networkOf(asBlock).address, networkOf(block).address);
}

export const isIpv6 = (text: string): boolean => parseAddress(text)?.bytes.length === 16;

/** A new field's address: valid and canonical. */
export function checkIp(field: string, value: string): Cause[] {
  const causes = checkLegacyIp(field, value);
  if (causes.length > 0) return causes;
  return canonical(field, value, printAddress(parseAddress(value)!));
}

/** An old field's address: valid, but any spelling. `accepted`: what the object already held. */
export function checkLegacyIp(field: string, value: string, accepted: string[] = []): Cause[] {
  if (accepted.includes(value)) return [];
  const address = parseAddress(value);
  if (address === undefined) {
    const detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    return [invalidValue(field, value, detail)];
  }
  if (!address.strict) return [invalidValue(field, value, "must not have leading 0s")];
  if (!address.mapped) return [];
  return [invalidValue(field, value, "must not be an IPv4-mapped IPv6 address")];
}

/** A new field's block: valid, canonical, nothing behind the prefix. */
export function checkCidr(field: string, value: string): Cause[] {
  const causes = checkLegacyCidr(field, value);
  if (causes.length > 0) return causes;
  return canonical(field, value, printCidr(networkOf(parseCidr(value)!)));
}

/** An old field's block: valid, but any spelling. `accepted`: what the object already held. */
export function checkLegacyCidr(field: string, value: string, accepted: string[] = []): Cause[] {
  if (accepted.includes(value)) return [];
  const cidr = parseCidr(value);
  if (cidr === undefined) {
    const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    return [invalidValue(field, value, detail)];
  }
  if (!cidr.strict) {
    return [invalidValue(field, value, "must not have leading 0s in IP or prefix length")];
  }
  if (cidr.address.mapped) {
    return [invalidValue(field, value, "must not have an IPv4-mapped IPv6 address")];
  }
  if (sameAddress(cidr.address, networkOf(cidr).address)) return [];
  return [invalidValue(field, value, "must not have bits set beyond the prefix length")];
}

/** An address of an interface with the length of its network: `192.168.1.5/24`. */
export function checkInterfaceAddress(field: string, value: string): Cause[] {
  const cidr = parseCidr(value);
  if (cidr !== undefined) return canonical(field, value, printCidr(cidr));
  const detail = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
  return [invalidValue(field, value, detail)];
}

/** Texts for `Warning` headers about an address that is valid but spelled oddly. */
export function ipWarnings(field: string, value: string): string[] {
  const address = parseAddress(value);
  if (address === undefined) return [];
  const good = printAddress(address);
  if (!address.strict || address.mapped) {
    return [`${field}: non-standard IP address "${value}" is invalid: use "${good}"`];
  }
  if (address.bytes.length === 4 || good === value) return [];
  return [`${field}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${good}")`];
}

export function cidrWarnings(field: string, value: string): string[] {
  const cidr = parseCidr(value);
  if (cidr === undefined) return [];
  const network = printCidr(networkOf(cidr));
  const warnings: string[] = [];
  if (!sameAddress(cidr.address, networkOf(cidr).address)) {
    const bits = cidr.address.mapped ? 128 : cidr.address.bytes.length * 8;
    const single = `${printAddress(cidr.address)}/${bits}`;
    warnings.push(
      `${field}: CIDR value "${value}" is ambiguous in this context ` +
        `(should be "${network}" or "${single}"?)`,
    );
  }
  if (!cidr.strict || cidr.address.mapped) {
    warnings.push(`${field}: non-standard CIDR value "${value}" is invalid: use "${network}"`);
  }
  if (warnings.length > 0 || cidr.address.bytes.length === 4 || network === value) return warnings;
  return [
    `${field}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${network}")`,
  ];
}

const canonical = (field: string, value: string, good: string): Cause[] =>
  value === good ? [] : [invalidValue(field, value, `must be in canonical form ("${good}")`)];

function parseV4(text: string): { bytes: Uint8Array; strict: boolean } | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^0*[0-9]{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return { bytes, strict: parts.every((p) => p.length === 1 || p[0] !== "0") };
}

const isMapped = (bytes: Uint8Array): boolean =>
  bytes.every((b, i) => i >= 12 || b === (i < 10 ? 0 : 0xff));

const noGroups: readonly string[] = [];

function parseV6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((h) => (h === "" ? noGroups : h.split(":")));
  // A lone colon at either end leaves an empty group, which no group's pattern takes.
  const before = groupBytes(head!, tail === undefined);
  const after = groupBytes(tail ?? noGroups, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 16 - before.bytes.length - after.bytes.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  const bytes = Uint8Array.from([...before.bytes, ...new Uint8Array(missing), ...after.bytes]);
  const strict = before.strict && after.strict;
  const mapped = isMapped(bytes);
  return { bytes: mapped ? bytes.slice(12) : bytes, mapped, strict };
}

/** `last`: the groups may end with an IPv4 address. */
function groupBytes(groups: readonly string[], last: boolean) {
  const bytes: number[] = [];
  let strict = true;
  for (const [i, group] of groups.entries()) {
    if (last && i === groups.length - 1 && group.includes(".")) {
      const v4 = parseV4(group);
      if (v4 === undefined) return undefined;
      bytes.push(...v4.bytes);
      strict &&= v4.strict;
      continue;
    }
    if (!/^0*[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    strict &&= group.length <= 4;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return { bytes, strict };
}

function widened({ bytes, mapped, strict }: Address): Address {
  const wide = new Uint8Array(16);
  wide[10] = wide[11] = 0xff;
  wide.set(bytes, 12);
  return { bytes: wide, mapped, strict };
}

/** Start and length of the first longest run of zeros. */
function longestZeros(groups: number[]): [number, number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best[1]) best = [i, end - i];
    i = Math.max(i, end);
  }
  return best;
}
