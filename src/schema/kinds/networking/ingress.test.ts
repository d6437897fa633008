// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { ingress } from "./ingress.ts";

const good = {
  metadata: { name: "i1" },
  spec: {
    ingressClassName: "c",
    defaultBackend: { service: { name: "s", port: { number: 80 } } },
    tls: [{ hosts: ["a.b", "*.c.d"], secretName: "x" }],
    rules: [
      {
        host: "a.b",
        http: {
          paths: [
            {
              path: "/a",
              pathType: "Prefix",
              backend: { service: { name: "s", port: { number: 80 } } },
            },
            {
              path: "/b",
              pathType: "ImplementationSpecific",
              backend: { resource: { apiGroup: "a.b", kind: "K", name: "n" } },
            },
          ],
        },
      },
      {
        host: "*.a.b",
        http: {
          paths: [
            {
              path: "/",
              pathType: "Exact",
              backend: { service: { name: "s", port: { name: "http" } } },
            },
          ],
        },
      },
    ],
  },
  status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }, { hostname: "a.b" }] } },
};

test("a new Ingress is refused in upstream's words", () => {
  assertTold(ingress, good, [
    [
      { "spec.rules.0.http.paths.0.path": "a" },
      ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path'],
    ],
    [
      { "spec.rules.0.http.paths.0.path": "//" },
      ["spec.rules[0].http.paths[0].path: Invalid value: \"//\": must not contain '//'"],
    ],
    [
      { "spec.rules.0.http.paths.0.path": "/../" },
      ["spec.rules[0].http.paths[0].path: Invalid value: \"/../\": must not contain '/../'"],
    ],
    [
      { "spec.rules.0.http.paths.0.path": "/%2f" },
      ["spec.rules[0].http.paths[0].path: Invalid value: \"/%2f\": must not contain '%2f'"],
    ],
    [
      { "spec.rules.0.http.paths.0.path": "" },
      ['spec.rules[0].http.paths[0].path: Invalid value: "": must be an absolute path'],
    ],
    [
      { "spec.rules.0.http.paths.0.pathType": "Odd" },
      [
        'spec.rules[0].http.paths[0].pathType: Unsupported value: "Odd": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      ],
    ],
    [
      { "spec.rules.0.http.paths.0.pathType": undefined },
      ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
    ],
    [{ "spec.rules.0.http.paths": [] }, ["spec.rules[0].http.paths: Required value"]],
    [
      { "spec.rules.0.host": "A_b" },
      ['spec.rules[0].host: Invalid value: "A_b": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { "spec.rules.0.host": "1.2.3.4" },
      ['spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
    ],
    [
      { "spec.rules.0.host": "*.*.a" },
      [
        "spec.rules[0].host: Invalid value: \"*.*.a\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which…",
      ],
    ],
    [
      { "spec.defaultBackend.service.port": { name: "http", number: 80 } },
      ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
    ],
    [
      { "spec.defaultBackend.service.port": {} },
      ["spec.defaultBackend: Required value: port name or number is required"],
    ],
    [
      { "spec.defaultBackend": {} },
      ['spec.defaultBackend: Invalid value: "": resource or service backend is required'],
    ],
    [
      { "spec.defaultBackend.resource": { kind: "x", name: "y" } },
      ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
    ],
    [
      { "spec.defaultBackend.service.name": "A_" },
      ['spec.defaultBackend.service.name: Invalid value: "A_": a lowercase RFC 1123 label…'],
    ],
    [
      { "spec.defaultBackend": undefined, "spec.rules": undefined },
      ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"],
    ],
    [
      { "spec.tls.0.hosts": ["A_"] },
      ['spec.tls[0].hosts[0]: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { "spec.tls.0.secretName": "A_" },
      ['spec.tls[0].secretName: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { "spec.ingressClassName": "A_" },
      ['spec.ingressClassName: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { "metadata.annotations": { "kubernetes.io/ingress.class": "z" } },
      [
        'annotations.kubernetes.io/ingress.class: Invalid value: "z": must match `ingressClassName` when both are specified',
      ],
    ],
  ]);
});

test("what an Ingress may change", () => {
  assertTold(
    ingress,
    good,
    [
      [{ "spec.ingressClassName": undefined }, []],
      [{ "spec.rules": undefined }, []],
    ],
    { update: true },
  );
});

test("what the status of an Ingress may say", () => {
  assertTold(
    ingress,
    good,
    [
      [
        {
          "status.loadBalancer": {
            ingress: [{ ip: "x" }, { hostname: "A_" }, { hostname: "1.2.3.4" }],
          },
        },
        [
          'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address,…',
          'status.loadBalancer.ingress[1].hostname: Invalid value: "A_": a lowercase RFC 1123 subdomain…',
          'status.loadBalancer.ingress[2].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
        ],
      ],
    ],
    { subresource: "status" },
  );
});
