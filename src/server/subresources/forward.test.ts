import assert from "node:assert/strict";
import { test } from "node:test";
import { forwarded, isProxyable } from "./forward.ts";

test("only addresses of others are asked", () => {
  const own = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
  ];
  const own6 = ["::1", "::", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"];
  const none = ["", "localhost", "10.0.0.1:80", "1.2.3"];
  for (const address of [...own, ...own6, ...none])
    assert.equal(isProxyable(address), false, address);
  for (const address of ["10.0.0.1", "192.168.1.1", "8.8.8.8", "fd00::1", "2001:db8::1"])
    assert.equal(isProxyable(address), true, address);
});

test("who asks does not go on", () => {
  const headers = {
    ":path": "/x",
    accept: "text/html",
    authorization: "Bearer secret",
    cookie: "theirs=1",
    "impersonate-user": "root",
    "x-remote-user": "root",
    "sec-websocket-protocol": "base64url.bearer.authorization.k8s.io.c2VjcmV0, v4.channel.k8s.io",
  };
  const request = {
    method: "GET",
    path: "/x",
    query: "",
    headers,
    body: () => Promise.resolve(new Uint8Array()),
    peer: { address: "" },
    signal: new AbortController().signal,
  };
  assert.deepEqual(forwarded(request, { path: "/y", query: "z=1" }).headers, {
    accept: "text/html",
    cookie: "theirs=1",
    "sec-websocket-protocol": "v4.channel.k8s.io",
  });
});
