import assert from "node:assert/strict";
import { test } from "node:test";
import type { Secret } from "../../schema/types/core-v1.ts";
import { fullName, type ImageReference, parseImage } from "../pod/image-reference.ts";
import { authsFor } from "./pull-secrets.ts";

test("names of images are read as registries read them", () => {
  const rows: [string, string][] = [
    ["nginx", "docker.io library/nginx nginx:latest"],
    ["nginx:1.14.2", "docker.io library/nginx nginx:1.14.2"],
    ["me/app", "docker.io me/app me/app:latest"],
    ["localhost/app:1", "localhost app localhost/app:1"],
    ["host:5000/a/b", "host:5000 a/b host:5000/a/b:latest"],
    [`ghcr.io/x/y@sha256:${"a".repeat(64)}`, `ghcr.io x/y ghcr.io/x/y@sha256:${"a".repeat(64)}`],
  ];
  for (const [name, expected] of rows) {
    const found = parseImage(name);
    assert.ok(typeof found !== "string", `${name}: ${found}`);
    assert.equal(`${found.registry} ${found.path} ${found.text}`, expected);
    const tag = found.text.split(found.path.split("/").at(-1) as string).at(-1);
    assert.equal(fullName(found), `${found.registry}/${found.path}${tag}`);
  }
});

test("names that are none are refused in the grammar's words", () => {
  const rows: [string, string][] = [
    ["", "invalid reference format"],
    ["a::b", "invalid reference format"],
    ["a b", "invalid reference format"],
    ["nginx:-x", "invalid reference format"],
    ["nginx@sha256:12", "invalid reference format"],
    ["library/NGINX", "invalid reference format: repository name must be lowercase"],
  ];
  for (const [name, expected] of rows) assert.equal(parseImage(name), expected, name);
});

const secret = (auths: object, type = "kubernetes.io/dockerconfigjson"): Secret => ({
  metadata: { name: "s" },
  type,
  data: {
    [type.endsWith("json") ? ".dockerconfigjson" : ".dockercfg"]: Buffer.from(
      JSON.stringify(type.endsWith("json") ? { auths } : auths),
    ).toString("base64"),
  },
});

const pair = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

test("the most specific credentials that fit come first", () => {
  const image = parseImage("reg.example.com/team/app") as ImageReference;
  const found = authsFor(image, [
    secret({ "reg.example.com": pair("u:1"), "other.example.com": pair("u:2") }),
    secret({ "https://reg.example.com/team": { username: "t", password: "3" } }),
    secret({ "*.example.com": pair("u:4:5") }, "kubernetes.io/dockercfg"),
    { metadata: { name: "broken" }, type: "kubernetes.io/dockercfg", data: { ".dockercfg": "e" } },
  ]);
  assert.deepEqual(
    found.map((a) => `${a.username} ${a.password}`),
    ["t 3", "u 1", "u 4:5"],
  );
  // The runtime would read it as a URL, and an address with a port and no scheme is none.
  assert.ok(found.every((a) => a.serverAddress === undefined));
});

test("Docker Hub is known by its old address too", () => {
  const image = parseImage("nginx") as ImageReference;
  const found = authsFor(image, [secret({ "https://index.docker.io/v1/": pair("hub:x") })]);
  assert.deepEqual(
    found.map((a) => a.username),
    ["hub"],
  );
});
