// Names of service accounts as users and groups.
import { checkDnsLabel, checkDnsSubdomain } from "../../schema/names.ts";

const prefix = "system:serviceaccount:";

export const accountUser = (namespace: string, name: string): string =>
  `${prefix}${namespace}:${name}`;

export const accountGroups = (namespace: string): string[] => [
  "system:serviceaccounts",
  `system:serviceaccounts:${namespace}`,
];

/** The account that a user name stands for; undefined when it is no account's. */
export function splitAccount(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(prefix)) return undefined;
  const [namespace = "", name = "", ...rest] = user.slice(prefix.length).split(":");
  if (
    rest.length > 0 ||
    checkDnsLabel(namespace).length > 0 ||
    checkDnsSubdomain(name).length > 0
  ) {
    return undefined;
  }
  return { namespace, name };
}
