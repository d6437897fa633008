// IP addresses, networks and URLs, as upstream's libraries take them.
import {
  type Address,
  type Cidr,
  contains,
  networkOf,
  parseAddress,
  parseCidr,
  printAddress,
  printCidr,
} from "../../ip.ts";
import { CelError } from "../error.ts";
import { fn, fns, type Overload } from "../function.ts";
import { type CelMap, CidrValue, IpValue, Opaque } from "../values.ts";
import { parseUrl, type Url } from "./url.ts";

function addressOf(text: string): Address {
  const found = parseAddress(text);
  if (text.includes("%"))
    throw new CelError(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  if (found === undefined || !found.strict) {
    const quoted = JSON.stringify(text);
    const why = addressProblem(text);
    throw new CelError(
      `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): ${why}`,
    );
  }
  if (found.mapped)
    throw new CelError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return found;
}

function addressProblem(text: string): string {
  if (!/[.:]/.test(text)) return "unable to parse IP";
  const parts = text.split(".");
  if (text.includes(":") || parts.some((part) => !/^\d*$/.test(part)))
    return "unexpected character";
  if (parts.some((part) => Number(part) > 255)) return "IPv4 field has value >255";
  if (parts.some((part) => /^0\d/.test(part))) return "IPv4 field has octet with leading zero";
  if (parts.some((part) => part === "")) return "IPv4 field must have at least one digit";
  return parts.length < 4 ? "IPv4 address too short" : "IPv4 address too long";
}

function networkProblem(text: string): string {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return "no '/'";
  const address = text.slice(0, slash);
  if (!parseAddress(address)?.strict)
    return `ParseAddr(${JSON.stringify(address)}): ${addressProblem(address)}`;
  const bits = text.slice(slash + 1);
  const isNumber = /^(?:0|[1-9]\d{0,2})$/.test(bits);
  return isNumber ? "prefix length out of range" : `bad bits after slash: ${JSON.stringify(bits)}`;
}

function networkFrom(text: string): Cidr {
  const found = parseCidr(text);
  if (found === undefined || !found.strict || !found.address.strict) {
    const quoted = JSON.stringify(text);
    const said = "network address parse error during conversion from string: ";
    throw new CelError(`${said}${said}netip.ParsePrefix(${quoted}): ${networkProblem(text)}`);
  }
  if (found.address.mapped)
    throw new CelError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return found;
}

function succeeds(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

const first = ({ address }: IpValue): number => address.bytes[0]!;
const isV4 = ({ address }: IpValue): boolean => address.bytes.length === 4;
const isAll = ({ address }: IpValue, last: number): boolean =>
  address.bytes.every((one, at, all) => one === (at === all.length - 1 ? last : 0));
const isLoopback = (ip: IpValue): boolean => (isV4(ip) ? first(ip) === 127 : isAll(ip, 1));
const isMulticast = (ip: IpValue): boolean =>
  isV4(ip) ? first(ip) >= 224 && first(ip) < 240 : first(ip) === 255;
const second = ({ address }: IpValue): number => address.bytes[1]!;
const isLinkLocal = (ip: IpValue): boolean =>
  isV4(ip)
    ? first(ip) === 169 && second(ip) === 254
    : first(ip) === 0xfe && (second(ip) & 0xc0) === 0x80;
const isLinkLocalMulticast = (ip: IpValue): boolean =>
  isV4(ip)
    ? first(ip) === 224 && second(ip) === 0 && ip.address.bytes[2] === 0
    : first(ip) === 0xff && (second(ip) & 0x0f) === 2;
const isGlobal = (ip: IpValue): boolean =>
  !isAll(ip, 0) &&
  !isLoopback(ip) &&
  !isMulticast(ip) &&
  !isLinkLocal(ip) &&
  !(isV4(ip) && ip.address.bytes.every((one) => one === 255));

const sameFamily = (a: Address, b: Address): boolean => a.bytes.length === b.bytes.length;

const holdsAddress = ({ cidr }: CidrValue, address: Address): boolean =>
  sameFamily(cidr.address, address) && contains(cidr, address);

const holdsNetwork = ({ cidr }: CidrValue, other: Cidr): boolean =>
  sameFamily(cidr.address, other.address) &&
  cidr.prefix <= other.prefix &&
  contains(cidr, other.address);

export const network: readonly Overload[] = [
  fn("ip", "(string): net.IP", (text: string) => new IpValue(addressOf(text))),
  fn("ip", "net.CIDR.(): net.IP", ({ cidr }: CidrValue) => new IpValue(cidr.address)),
  fn("isIP", "(string): bool", (text: string) => succeeds(() => addressOf(text))),
  fn("ip.isCanonical", "(string): bool", (text: string) => printAddress(addressOf(text)) === text),
  fn("string", "(net.IP): string", ({ address }: IpValue) => printAddress(address)),
  fn("family", "net.IP.(): int", (ip: IpValue) => (isV4(ip) ? 4n : 6n)),
  fn("isUnspecified", "net.IP.(): bool", (ip: IpValue) => isAll(ip, 0)),
  fn("isLoopback", "net.IP.(): bool", isLoopback),
  fn("isLinkLocalMulticast", "net.IP.(): bool", isLinkLocalMulticast),
  fn("isLinkLocalUnicast", "net.IP.(): bool", isLinkLocal),
  fn("isGlobalUnicast", "net.IP.(): bool", isGlobal),
  fn("cidr", "(string): net.CIDR", (text: string) => new CidrValue(networkFrom(text))),
  fn("isCIDR", "(string): bool", (text: string) => succeeds(() => networkFrom(text))),
  fn("string", "(net.CIDR): string", ({ cidr }: CidrValue) => printCidr(cidr)),
  fn("containsIP", "net.CIDR.(string): bool", (cidr: CidrValue, text: string) =>
    holdsAddress(cidr, addressOf(text)),
  ),
  fn("containsIP", "net.CIDR.(net.IP): bool", (cidr: CidrValue, { address }: IpValue) =>
    holdsAddress(cidr, address),
  ),
  fn("containsCIDR", "net.CIDR.(string): bool", (cidr: CidrValue, text: string) =>
    holdsNetwork(cidr, networkFrom(text)),
  ),
  fn("containsCIDR", "net.CIDR.(net.CIDR): bool", (cidr: CidrValue, other: CidrValue) =>
    holdsNetwork(cidr, other.cidr),
  ),
  fn("prefixLength", "net.CIDR.(): int", ({ cidr }: CidrValue) => BigInt(cidr.prefix)),
  fn("masked", "net.CIDR.(): net.CIDR", ({ cidr }: CidrValue) => new CidrValue(networkOf(cidr))),
];

class UrlValue extends Opaque {
  readonly type = "kubernetes.URL";
  readonly url: Url;
  readonly identity: string;
  constructor(url: Url, text: string) {
    super();
    this.url = url;
    this.identity = text;
  }
}

const part = (name: string, of: (url: Url) => string): Overload =>
  fn(name, "kubernetes.URL.(): string", ({ url }: UrlValue) => of(url));

const query = ({ url }: UrlValue): CelMap => {
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(url.query))
    found.set(name, [...(found.get(name) ?? []), value]);
  return found;
};

export const urls: readonly Overload[] = [
  fn("url", "(string): kubernetes.URL", (text: string) => {
    const url = parseUrl(text);
    if (typeof url === "string")
      throw new CelError(`URL parse error during conversion from string: ${url}`);
    return new UrlValue(url, text);
  }),
  fn("isURL", "(string): bool", (text: string) => typeof parseUrl(text) !== "string"),
  part("getScheme", ({ scheme }) => scheme),
  part("getHost", ({ host }) => host),
  part("getHostname", ({ host }) => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")),
  part("getPort", ({ host }) => /:(\d+)$/.exec(host)?.[1] ?? ""),
  part("getEscapedPath", ({ path }) => path),
  ...fns("getQuery", ["kubernetes.URL.(): map(string, list(string))"], query),
];
