// Names: how a pod asks for them and what it is called itself.
import { invalidValue, required, tooLong } from "../../../field-error.ts";
import { checkLegacyIp } from "../../../ip.ts";
import { checkDnsSubdomainWithUnderscore } from "../../../names.ts";
import type { HostAlias, PodDNSConfig, PodSpec } from "../../../types/core-v1.ts";
import { dnsSubdomain, forbidden, type Out, refuse } from "../../checks.ts";

const nameserversMax = 3;
const searchesMax = 32;
const searchCharactersMax = 2048;
const hostnameBytesMax = 64;

export function checkDnsConfig(
  out: Out,
  at: string,
  config: PodDNSConfig | undefined,
  dnsPolicy: string | undefined,
): void {
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (dnsPolicy === "None") {
    if (config === undefined) {
      out.push(required(at, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    if (nameservers.length === 0) {
      const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      out.push(required(`${at}.nameservers`, detail));
      return;
    }
  }
  if (nameservers.length > nameserversMax) {
    const detail = `must not have more than ${nameserversMax} nameservers`;
    out.push(invalidValue(`${at}.nameservers`, nameservers, detail));
  }
  for (const [i, address] of nameservers.entries()) {
    out.push(...checkLegacyIp(`${at}.nameservers[${i}]`, address));
  }
  checkSearches(out, `${at}.searches`, searches);
  for (const [i, { name }] of options.entries()) {
    if (!name) out.push(required(`${at}.options[${i}]`, "must not be empty"));
  }
}

function checkSearches(out: Out, at: string, searches: readonly string[]): void {
  if (searches.length > searchesMax) {
    out.push(invalidValue(at, searches, `must not have more than ${searchesMax} search paths`));
  }
  if (searches.join(" ").length > searchCharactersMax) {
    const detail = `must not have more than ${searchCharactersMax} characters (including spaces) in the search list`;
    out.push(invalidValue(at, searches, detail));
  }
  for (const [i, search] of searches.entries()) {
    if (search === ".") continue;
    const name = search.endsWith(".") ? search.slice(0, -1) : search;
    refuse(out, `${at}[${i}]`, name, checkDnsSubdomainWithUnderscore(name));
  }
}

export function checkHostAliases(
  out: Out,
  at: string,
  aliases: readonly HostAlias[] | undefined,
): void {
  for (const [i, { ip, hostnames }] of (aliases ?? []).entries()) {
    out.push(...checkLegacyIp(`${at}[${i}].ip`, ip));
    for (const [j, name] of (hostnames ?? []).entries()) {
      dnsSubdomain(out, `${at}[${i}].hostnames[${j}]`, name);
    }
  }
}

export function checkHostnameOverride(out: Out, at: string, spec: PodSpec): void {
  const { hostnameOverride, setHostnameAsFQDN, hostNetwork } = spec;
  if (hostnameOverride === undefined) return;
  const field = `${at}.hostnameOverride`;
  if (setHostnameAsFQDN) {
    forbidden(out, field, "may not be specified when setHostnameAsFQDN is true");
  }
  if (hostNetwork) forbidden(out, field, "may not be specified when hostNetwork is true");
  if (hostnameOverride.length > hostnameBytesMax) out.push(tooLong(field, hostnameBytesMax));
  dnsSubdomain(out, field, hostnameOverride);
}
