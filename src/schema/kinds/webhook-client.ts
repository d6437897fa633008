// Where a webhook is: an address of the world, or a service of the cluster.
import { parseUrl } from "../cel/library/url.ts";
import { required } from "../field-error.ts";
import { checkDnsSubdomain, checkPortNumber } from "../names.ts";
import { quoted } from "../quoted.ts";
import { invalid, type Out } from "./checks.ts";

const form = "; desired format: https://host[/path]";

type Place = {
  readonly url?: string;
  readonly service?: ServicePlace;
};

type ServicePlace = {
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
  readonly port?: number;
};

export function checkWebhookClient(out: Out, at: string, { url, service }: Place): void {
  if ((url === undefined) === (service === undefined)) {
    out.push(required(at, "exactly one of url or service is required"));
  } else if (url !== undefined) checkUrl(out, `${at}.url`, url);
  else if (service !== undefined) checkService(out, `${at}.service`, service);
}

const parts =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

/** What Go says of a request's address, and not of one that stands anywhere. */
const onlyOfRequests = /: (?:empty url|invalid URI for request)$/;

function checkUrl(out: Out, at: string, url: string): void {
  const read = parseUrl(url);
  const wrong =
    typeof read === "string" && !onlyOfRequests.test(read) ? read : referenceProblem(url);
  if (wrong !== undefined)
    return void out.push(required(at, `url must be a valid URL: ${wrong}${form}`));
  const [, scheme = "", authority = "", , query = "", fragment = ""] = parts.exec(url) ?? [];
  const split = authority.lastIndexOf("@");
  const host = authority.slice(split + 1);
  if (scheme.toLowerCase() !== "https") {
    invalid(out, at, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`);
  }
  if (host === "") invalid(out, at, host, `host must be specified${form}`);
  if (split >= 0) {
    const user = authority.slice(0, split);
    invalid(out, at, user, "user information is not permitted in the URL");
  }
  if (fragment !== "") {
    invalid(out, at, fragment, "fragments are not permitted in the URL");
  }
  if (query !== "") invalid(out, at, query, "query parameters are not permitted in the URL");
}

/** Of a path that does not begin at the root. */
function referenceProblem(url: string): string | undefined {
  const [path = ""] = url.split(/[?#]/, 1);
  if (path.startsWith("/") || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return undefined;
  const [first = ""] = path.split("/", 1);
  const shown = `parse ${quoted(url)}: `;
  if (first.includes(":")) return `${shown}first path segment in URL cannot contain colon`;
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(path);
  return bad ? `${shown}invalid URL escape ${quoted(bad[0])}` : undefined;
}

function checkService(out: Out, at: string, service: ServicePlace): void {
  const { namespace, name, path, port = 0 } = service;
  // Upstream hands the two over in the wrong order, so that each is told about as the other.
  if (!namespace) out.push(required(`${at}.name`));
  if (!name) out.push(required(`${at}.namespace`));
  const problems = checkPortNumber(port);
  if (problems.length > 0) {
    invalid(out, `${at}.port`, port, `port is not valid: ${problems.join(", ")}`);
  }
  if (path) checkPath(out, `${at}.path`, path);
}

function checkPath(out: Out, at: string, path: string): void {
  if (path === "/") return;
  if (path === "//") return invalid(out, at, path, "segment[0] may not be empty");
  if (!path.startsWith("/")) invalid(out, at, path, "must start with a '/'");
  // Upstream cuts off a byte: what is left of a letter beyond ASCII is no good name.
  const inner = (path.codePointAt(0) ?? 0) < 0x80 ? path.slice(1) : `\ufffd${path.slice(1)}`;
  const steps = (inner.endsWith("/") ? inner.slice(0, -1) : inner).split("/");
  for (const [i, step] of steps.entries()) {
    if (step === "") invalid(out, at, path, `segment[${i}] may not be empty`);
    else {
      for (const problem of checkDnsSubdomain(step)) {
        invalid(out, at, path, `segment[${i}]: ${problem}`);
      }
    }
  }
}
