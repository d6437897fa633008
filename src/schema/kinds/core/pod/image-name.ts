// Names of images as upstream's reference grammar reads them: [domain[:port]/]path[:tag][@digest].

const pathPattern =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const domainPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const identifierPattern = /^[a-f0-9]{64}$/;
const nameLengthMax = 255;

/**
 * Whether the node has to look for a newer image each time: the tag is `latest`, or there is neither tag nor digest. A
 * name that the grammar refuses has no tag at all.
 */
export function isLatest(image: string): boolean {
  if (image.includes("@")) return false;
  const slash = image.lastIndexOf("/");
  const colon = image.indexOf(":", slash + 1);
  if (colon >= 0 && image.slice(colon + 1) !== "latest") return false;
  return isName(colon < 0 ? image : image.slice(0, colon));
}

function isName(name: string): boolean {
  if (identifierPattern.test(name)) return false;
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const hasDomain = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const path = hasDomain ? name.slice(slash + 1) : name;
  const domain = hasDomain ? first : "docker.io";
  if (domain.length + 1 + path.length > nameLengthMax) return false;
  return pathPattern.test(path) && (!hasDomain || domainPattern.test(domain));
}
