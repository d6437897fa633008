import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { behindProxy, linkBehind, rewriteLinks } from "./proxied-html.ts";

const place = { base: "/api/v1/pods/p/proxy/", hosts: ["10.0.0.1:80", "me:6443"] };

const links: [link: string, becomes: string][] = [
  ["/a?b#c", "/api/v1/pods/p/proxy/a?b#c"],
  ["/", "/api/v1/pods/p/proxy/"],
  ["a/b", "a/b"],
  ["#top", "#top"],
  ["", ""],
  ["http://10.0.0.1:80/x", "/api/v1/pods/p/proxy/x"],
  ["//me:6443/x", "/api/v1/pods/p/proxy/x"],
  ["https://example.com/x", "https://example.com/x"],
  ["/api/v1/pods/p/proxy/x", "/api/v1/pods/p/proxy/x"],
];

for (const [link, becomes] of links) {
  test(`the link "${link}"`, () => assert.equal(linkBehind(link, place), becomes));
}

test("links in a page, and nothing else in it", () => {
  const page = `<a class=x href="/one">/one</a><IMG SRC='/two'><p href="/no"><script src=/three></script>`;
  assert.equal(
    rewriteLinks(page, place),
    `<a class=x href="/api/v1/pods/p/proxy/one">/one</a><IMG SRC='/api/v1/pods/p/proxy/two'>` +
      `<p href="/no"><script src=/api/v1/pods/p/proxy/three></script>`,
  );
});

test("a hostile page takes no time", () => {
  const started = performance.now();
  for (const bad of ["<a ", "<a href=", '<a href="', " href", "<a\t\t\t"])
    rewriteLinks(bad.repeat(100_000), place);
  assert.ok(performance.now() - started < 20_000);
});

async function answered(headers: Record<string, string>, body: Uint8Array) {
  async function* batches() {
    yield [body.subarray(0, 5), body.subarray(5)];
  }
  const answer = await behindProxy(
    { status: 200, headers, body: { is: "stream", batches: batches() } },
    place,
  );
  const parts: Uint8Array[] = [];
  if (answer.body.is === "stream")
    for await (const batch of answer.body.batches) parts.push(...batch);
  return { headers: answer.headers, text: Buffer.concat(parts).toString() };
}

test("a page is rewritten, also a compressed one; its old length goes", async () => {
  const page = Buffer.from('<a href="/x">\u00e4</a>');
  const wanted = '<a href="/api/v1/pods/p/proxy/x">\u00e4</a>';
  const headers = { "content-type": "text/html; charset=utf-8", "content-length": "9" };
  const plain = await answered(headers, page);
  assert.deepEqual(plain, { headers: { "content-type": headers["content-type"] }, text: wanted });
  const zipped = await answered({ ...headers, "content-encoding": "gzip" }, gzipSync(page));
  assert.deepEqual(zipped, plain);
});

test("what is no page stays as it is, but for where it redirects to", async () => {
  const headers = { "content-type": "text/plain", "content-length": "12", location: "/there" };
  assert.deepEqual(await answered(headers, Buffer.from('<a href="/">')), {
    headers: { ...headers, location: "/api/v1/pods/p/proxy/there" },
    text: '<a href="/">',
  });
});
