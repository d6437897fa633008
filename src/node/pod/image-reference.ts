// Names of images: where they are pulled from, and with which tag. Rules are the grammar of container image references.

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const hostPattern = /^(?:[a-zA-Z0-9.-]+|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;

export type ImageReference = {
  /** `docker.io` when none is named. */
  readonly registry: string;
  /** `library/nginx` */
  readonly path: string;
  /** With a tag or digest, as it is asked for from the runtime. */
  readonly text: string;
};

/** With its registry, as runtimes show it: `docker.io/library/nginx:1.14.2`. */
export function fullName({ registry, path, text }: ImageReference): string {
  const from = text.lastIndexOf("/") + 1;
  const at = text.slice(from).search(/[:@]/);
  return `${registry}/${path}${text.slice(from + at)}`;
}

/** The reference, or why it is none in upstream's words. */
export function parseImage(image: string): ImageReference | string {
  const at = image.indexOf("@");
  const digest = at < 0 ? "" : image.slice(at + 1);
  const named = at < 0 ? image : image.slice(0, at);
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const hasHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const rest = hasHost ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(":");
  const tag = colon < 0 ? "" : rest.slice(colon + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (!pathPattern.test(path)) {
    const isUpper = pathPattern.test(path.toLowerCase());
    return isUpper
      ? "invalid reference format: repository name must be lowercase"
      : "invalid reference format";
  }
  const isTagged = colon < 0 || tagPattern.test(tag);
  const isPinned = at < 0 || digestPattern.test(digest);
  if (!isTagged || !isPinned || (hasHost && !hostPattern.test(first))) {
    return "invalid reference format";
  }
  const registry = hasHost ? first : "docker.io";
  return {
    registry,
    path: registry === "docker.io" && !path.includes("/") ? `library/${path}` : path,
    text: tag === "" && digest === "" ? `${image}:latest` : image,
  };
}
