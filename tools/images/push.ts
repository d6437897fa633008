// Pushes the images of OCI archives into a registry on this machine:
//   node tools/images/push.ts http://127.0.0.1:5000 FILE.tar ...
// Needs nothing but the registry's HTTP interface.
import { readFileSync } from "node:fs";

type Descriptor = {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
};
type Manifest = { config: Descriptor; layers: Descriptor[] };

/** Pushes every named image of the archive; answers `repository:tag` of each. */
export async function pushArchive(registry: string, file: string): Promise<string[]> {
  const files = filesOf(readFileSync(file));
  const blob = (digest: string): Uint8Array => {
    const found = files.get(`blobs/${digest.replace(":", "/")}`);
    if (!found) throw new Error(`${file} lacks the blob ${digest}`);
    return found;
  };
  const json = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;
  const index = files.get("index.json");
  if (!index) throw new Error(`${file} is no OCI archive: index.json is missing`);
  const pushed: string[] = [];
  for (const entry of json<{ manifests: Descriptor[] }>(index).manifests) {
    const { repository, tag } = placeOf(entry.annotations?.["io.containerd.image.name"] ?? "");
    const manifest = json<Manifest>(blob(entry.digest));
    for (const part of [manifest.config, ...manifest.layers]) {
      await pushBlob(`${registry}/v2/${repository}`, part.digest, blob(part.digest));
    }
    await send(
      `${registry}/v2/${repository}/manifests/${tag}`,
      "PUT",
      blob(entry.digest),
      entry.mediaType,
    );
    pushed.push(`${repository}:${tag}`);
  }
  return pushed;
}

/** The plain files of a tar archive by name; enough for the short names of an OCI archive. */
function filesOf(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = (at: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(at, at + length)).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = text(at, 100);
    if (name === "") break;
    const size = Number.parseInt(text(at + 124, 12), 8);
    files.set(name, archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** `docker.io/library/nginx:1.14.2` without its host. */
function placeOf(name: string): { repository: string; tag: string } {
  const withoutHost = name.slice(name.indexOf("/") + 1);
  const cut = withoutHost.lastIndexOf(":");
  if (cut < 1) throw new Error(`the image name ${JSON.stringify(name)} has no tag`);
  return { repository: withoutHost.slice(0, cut), tag: withoutHost.slice(cut + 1) };
}

async function pushBlob(repository: string, digest: string, data: Uint8Array): Promise<void> {
  const known = await fetch(`${repository}/blobs/${digest}`, { method: "HEAD" });
  if (known.ok) return;
  const opened = await send(
    `${repository}/blobs/uploads/`,
    "POST",
    new Uint8Array(),
    "application/octet-stream",
  );
  const location = new URL(opened.headers.get("location") ?? "", repository);
  location.searchParams.set("digest", digest);
  await send(location.href, "PUT", data, "application/octet-stream");
}

async function send(
  url: string,
  method: string,
  body: Uint8Array,
  type: string,
): Promise<Response> {
  const answer = await fetch(url, {
    method,
    body: body as BodyInit,
    headers: { "content-type": type },
  });
  if (!answer.ok)
    throw new Error(`${method} ${url} was answered with ${answer.status}: ${await answer.text()}`);
  return answer;
}

if (import.meta.main) {
  const [registry = "", ...archives] = process.argv.slice(2);
  for (const file of archives) console.log((await pushArchive(registry, file)).join("\n"));
}
