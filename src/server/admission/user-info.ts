import type { Identity } from "../../schema/api-request.ts";
import type { UserInfo } from "../../schema/types/authentication-v1.ts";

/** Who asks, as reviews tell it. */
export function userInfoOf({ user, uid, groups, extra }: Identity): UserInfo {
  const extras = Object.entries(extra ?? {});
  return {
    username: user,
    ...(uid ? { uid } : {}),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(extras.length === 0
      ? {}
      : { extra: Object.fromEntries(extras.map(([key, values]) => [key, [...values]])) }),
  };
}
