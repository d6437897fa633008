// Names of drivers, pools, attributes and requests.
import { duplicate, required, tooLong, tooMany } from "../../field-error.ts";
import {
  checkCIdentifier,
  checkDnsLabel,
  checkDnsSubdomain,
  checkDnsSubdomainCaseless,
  checkQualifiedName,
  utf8Length,
} from "../../names.ts";
import { dnsLabel, invalid, type Out, refuse, tooLongText } from "../checks.ts";

const driverLengthMax = 63;
const poolBytesMax = 253;
const domainBytesMax = 63;
const identifierBytesMax = 32;

export function checkDriver(out: Out, at: string, driver = ""): void {
  if (driver === "") out.push(required(at));
  if (utf8Length(driver) > driverLengthMax) out.push(tooLong(at, driverLengthMax));
  if (driver !== "") refuse(out, at, driver, checkDnsSubdomain(driver.toLowerCase()));
}

/** As the newer rules have it. */
export function checkDriverText(out: Out, at: string, driver = ""): void {
  if (driver === "") {
    out.push(required(at));
    return;
  }
  if ([...driver].length > driverLengthMax) out.push(tooLongText(at, driverLengthMax));
  refuse(out, at, driver, checkDnsSubdomainCaseless(driver));
}

export function checkPool(out: Out, at: string, pool = ""): void {
  if (pool === "") {
    out.push(required(at));
    return;
  }
  if (utf8Length(pool) > poolBytesMax) out.push(tooLong(at, poolBytesMax));
  for (const part of pool.split("/")) refuse(out, at, part, checkDnsSubdomain(part));
}

/** As the newer rules have it. */
export function checkPoolText(out: Out, at: string, pool = ""): void {
  if (pool === "") {
    out.push(required(at));
    return;
  }
  if (utf8Length(pool) > poolBytesMax) out.push(tooLong(at, poolBytesMax));
  for (const [i, part] of pool.split("/").entries()) {
    if (part === "") invalid(out, at, pool, `segment ${i}: must not be empty`);
    for (const detail of part === "" ? [] : inBytes(checkDnsSubdomain(part))) {
      invalid(out, at, part, `segment ${i}: ${detail}`);
    }
  }
}

/** The newer rules count bytes where the older ones count characters. */
const inBytes = (problems: readonly string[]): string[] =>
  problems.map((problem) => problem.replace(/^(must be no more than \d+) characters$/, "$1 bytes"));

/** A part of a DNS name, as the newer rules have it. */
export function checkLabelText(out: Out, at: string, value: string): void {
  refuse(out, at, value, inBytes(checkDnsLabel(value)));
}

function checkIdentifier(out: Out, at: string, id: string): void {
  if (utf8Length(id) > identifierBytesMax) out.push(tooLong(at, identifierBytesMax));
  refuse(out, at, id, checkCIdentifier(id));
}

/** `name` or `domain/name`; with more than one slash nothing is looked at, as upstream. */
export function checkAttributeName(out: Out, at: string, name: string): void {
  const [domain = "", id, ...more] = name.split("/");
  if (id === undefined) checkIdentifier(out, at, domain);
  else if (more.length === 0) {
    if (domain === "") invalid(out, at, "", "the domain must not be empty");
    else checkDriver(out, at, domain);
    if (id === "") invalid(out, at, "", "the name must not be empty");
    else checkIdentifier(out, at, id);
  }
}

/** `domain/name`, as the newer rules have it. */
export function checkFullName(out: Out, at: string, name: string): void {
  const [domain = "", id, ...more] = name.split("/");
  if (id === undefined) checkIdentifier(out, at, domain);
  else if (more.length === 0) {
    if (domain === "") invalid(out, at, "", "prefix must not be empty");
    else {
      if (utf8Length(domain) > domainBytesMax) out.push(tooLong(at, domainBytesMax));
      for (const detail of inBytes(checkDnsSubdomain(domain)))
        invalid(out, at, domain, `prefix: ${detail}`);
    }
    if (id === "") invalid(out, at, "", "name must not be empty");
    else checkIdentifier(out, at, id);
  }
  if (id !== undefined) return;
  invalid(out, at, name, "a fully qualified name must be a domain and a name separated by a slash");
}

const extendedPrefix = "requests.";

/** The name of a resource of pods that stands for devices of a class. */
export function checkExtendedResource(out: Out, at: string, name: string): void {
  if (!name.includes("/")) {
    const detail = "a name must be a domain-prefixed path, such as 'example.com/my-prop'";
    invalid(out, at, name, detail);
  } else if (name.includes("kubernetes.io/")) {
    invalid(out, at, name, 'must not have "kubernetes.io/" domain');
  }
  if (name.startsWith(extendedPrefix)) {
    invalid(out, at, name, `must not have "${extendedPrefix}" prefix`);
  }
  refuse(out, at, name, checkQualifiedName(`${extendedPrefix}${name}`));
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function checkUuid(out: Out, at: string, value: string | undefined): void {
  if (value === undefined || uuid.test(value)) return;
  invalid(out, at, value, "must be a lowercase UUID in 8-4-4-4-12 format");
}

/** Requests by name, with the names of their alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

/** `request` or `request/alternative`. */
export function checkRequestRef(out: Out, at: string, ref: string, known: RequestNames): void {
  const parts = ref.split("/");
  const [request = "", alternative] = parts;
  if (parts.length <= 2) for (const part of parts) dnsLabel(out, at, part);
  const alternatives = parts.length <= 2 ? known.get(request) : undefined;
  if (alternatives && (alternative === undefined || alternatives.has(alternative))) return;
  const what =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  invalid(out, at, ref, what);
}

/** Whether there are not too many; what goes beyond is not looked at. */
export function fits(
  out: Out,
  at: string,
  list: readonly unknown[] | undefined,
  max: number,
): boolean {
  const count = list?.length ?? 0;
  if (count > max) out.push(tooMany(at, count, max));
  return count <= max;
}

/** `shown`: what the message shows of an item that is there before. */
export function checkUnique<T>(
  out: Out,
  at: string,
  list: readonly T[],
  keyOf: (item: T) => string,
  shown: (item: T) => unknown = (item) => item,
): void {
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) out.push(duplicate(`${at}[${i}]`, shown(item)));
    seen.add(key);
  }
}
