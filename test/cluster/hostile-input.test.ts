// Whatever is sent, the server answers as its API promises: no fault of its own, nothing written to a prototype, nobody
// kept waiting. `HOSTILE_RUNS=100000` looks longer; a failure prints the seed that `HOSTILE_SEED` takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Log } from "../../src/lib/log.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { issue, makeAuthority } from "../../src/main/pki/keys.ts";
import { certificateCheck } from "../../src/server/auth/certificate.ts";
import { type Answer, type ApiServer, apiServer } from "../kit/api-server.ts";
import * as corpus from "./hostile/corpus.ts";
import { mutated, mutatedText } from "./hostile/mutate.ts";

const runs = Number(process.env["HOSTILE_RUNS"] ?? 150);
const seed = Number(process.env["HOSTILE_SEED"] ?? 1);

/** CPU of this thread: a busy machine does not lengthen it, what blows up takes minutes or never ends. */
const stallMs = 5000;
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const maps = "/api/v1/namespaces/a/configmaps";

type Tried = { readonly api: ApiServer; readonly faults: unknown[] };

function watched(): Tried {
  const faults: unknown[] = [];
  const ignore = (): void => {};
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (text, fields) => faults.push([text, fields]),
  };
  return { api: apiServer({ log }), faults };
}

async function ask(
  { api, faults }: Tried,
  what: string,
  body?: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const begun = cpuMs();
  const answer = await api.ask(what, body, headers);
  assert.deepEqual(faults, [], "a fault of the server's own");
  assert.ok(cpuMs() - begun < stallMs, "a stall");
  const plain: Record<string, unknown> = {};
  assert.equal(plain["polluted"], undefined, "a write to a prototype");
  assert.deepEqual(Object.keys(Object.prototype), []);
  if (answer.status >= 400 && answer.body !== undefined) {
    assert.equal(answer.body.kind, "Status");
    assert.equal(answer.body.code, answer.status);
  }
  return answer;
}

const encoded = (texts: readonly string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));

async function each<T>(
  inputs: fc.Arbitrary<T>,
  run: (input: T) => Promise<unknown>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputs, async (input) => {
      await run(input);
    }),
    { numRuns: runs, seed },
  );
}

const bodies: {
  title: string;
  what: string[];
  type: string;
  seeds: readonly string[];
}[] = [
  {
    title: "JSON",
    what: [
      `POST ${maps}`,
      `PUT ${maps}/a`,
      "POST /api/v1/namespaces/a/pods?fieldValidation=Strict",
    ],
    type: "application/json",
    seeds: [...corpus.json, ...corpus.objects],
  },
  {
    title: "pods",
    what: ["POST /api/v1/namespaces/a/pods?dryRun=All"],
    type: "application/json",
    seeds: corpus.objects,
  },
  {
    title: "YAML",
    what: [`POST ${maps}`, "POST /apis/apps/v1/namespaces/a/deployments"],
    type: "application/yaml",
    seeds: [...corpus.yaml, ...corpus.json],
  },
  {
    title: "JSON patches",
    what: [`PATCH ${maps}/kept`],
    type: "application/json-patch+json",
    seeds: corpus.jsonPatches,
  },
  {
    title: "merge patches",
    what: [`PATCH ${maps}/kept`, "PATCH /api/v1/namespaces/a/configmaps/kept?dryRun=All"],
    type: "application/merge-patch+json",
    seeds: [...corpus.mergePatches, ...corpus.json],
  },
  {
    title: "strategic merge patches",
    what: [`PATCH ${maps}/kept`],
    type: "application/strategic-merge-patch+json",
    seeds: [...corpus.mergePatches, ...corpus.json],
  },
  {
    title: "applied objects",
    what: [`PATCH ${maps}/kept?fieldManager=m&force=true`],
    type: "application/apply-patch+yaml",
    seeds: [...corpus.json, ...corpus.yaml],
  },
  {
    title: "options of a deletion",
    what: [`DELETE ${maps}/kept?dryRun=All`, `DELETE ${maps}?dryRun=All`],
    type: "application/json",
    seeds: [
      '{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"x","resourceVersion":"0"}}',
      '{"gracePeriodSeconds":1e99,"propagationPolicy":"Up","orphanDependents":"maybe"}',
      ...corpus.json,
    ],
  },
];

for (const { title, what, type, seeds } of bodies)
  test(`hostile ${title}`, async () => {
    const tried = watched();
    const kept = { metadata: { name: "kept", finalizers: ["a.b/c"] }, data: { k: "v" } };
    await tried.api.done(`POST ${maps}`, kept);
    await each(fc.tuple(fc.constantFrom(...what), mutated(encoded(seeds))), async ([where, body]) =>
      ask(tried, where, body, { "content-type": type }),
    );
  });

test("hostile protobuf", async () => {
  const tried = watched();
  const type = "application/vnd.kubernetes.protobuf";
  const spec = { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] };
  await tried.api.done("POST /api/v1/namespaces/a/pods", { metadata: { name: "p" }, spec });
  const answer = await tried.api.server.api({
    method: "GET",
    path: "/api/v1/namespaces/a/pods/p",
    query: "",
    headers: { accept: type },
    body: () => Promise.resolve(new Uint8Array()),
    peer: { address: "192.0.2.1" },
    signal: new AbortController().signal,
  });
  assert.ok(answer.body.is === "bytes");
  const pod = Buffer.concat(answer.body.chunks);
  const seeds = [
    pod,
    pod.subarray(0, 4),
    Buffer.concat([pod.subarray(0, 4), Buffer.from("0affffffff0f", "hex")]),
    Buffer.concat([pod.subarray(0, 4), Buffer.from("12ffffffffffffffffff7f", "hex")]),
    Buffer.concat([pod.subarray(0, 4), Buffer.from("0b0b0b0b0b0c0c", "hex")]),
  ];
  await each(mutated(seeds), (body) =>
    ask(tried, "POST /api/v1/namespaces/a/pods?dryRun=All", body, { "content-type": type }),
  );
});

test("hostile selectors", async () => {
  const tried = watched();
  await tried.api.done(`POST ${maps}`, { metadata: { name: "x", labels: { a: "b" } } });
  await each(
    fc.tuple(fc.constantFrom("labelSelector", "fieldSelector"), mutatedText(corpus.selectors)),
    ([kind, text]) => ask(tried, `GET ${maps}?${kind}=${encodeURIComponent(text.toWellFormed())}`),
  );
});

test("hostile queries", async () => {
  const tried = watched();
  const targets = [`GET ${maps}`, `GET ${maps}/a`, `DELETE ${maps}/a`, "GET /version", "GET /api"];
  await each(
    fc.tuple(fc.constantFrom(...targets), mutatedText(corpus.queries)),
    async ([target, query]) => {
      // A watch that begins does not end by itself.
      if (/watch/i.test(query)) return;
      const pending = ask(tried, `${target}?${query.replace(/[\s?]/g, "")}`);
      await tried.api.clock.advance(4000);
      await pending;
    },
  );
});

test("hostile Accept headers", async () => {
  const tried = watched();
  await each(mutatedText(corpus.accepts), (accept) =>
    ask(tried, `GET ${maps}`, undefined, { accept: accept.replace(/[^\x20-\x7e]/g, "") }),
  );
});

test("hostile definitions", async () => {
  const tried = watched();
  await each(mutatedText(corpus.definitions), async (schema) => {
    let openAPIV3Schema: unknown;
    try {
      openAPIV3Schema = JSON.parse(schema);
    } catch {
      return;
    }
    const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }];
    const names = { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" };
    const definition = {
      metadata: { name: "things.example.com" },
      spec: { group: "example.com", scope: "Cluster", names, versions },
    };
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
    await ask(tried, `POST ${path}`, Buffer.from(JSON.stringify(definition)));
  });
});

test("hostile field paths", async () => {
  const tried = watched();
  const names = { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" };
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const definition = (path: string): object => ({
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      scope: "Cluster",
      names,
      versions: [
        {
          ...{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } },
          additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: path }],
          selectableFields: [{ jsonPath: path }],
          subresources: { scale: { specReplicasPath: path, statusReplicasPath: path } },
        },
      ],
    },
  });
  const pod = (fieldPath: string): object => ({
    metadata: { name: "p" },
    spec: {
      containers: [
        { name: "c", image: "i", env: [{ name: "A", valueFrom: { fieldRef: { fieldPath } } }] },
      ],
    },
  });
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await each(mutatedText(corpus.fieldPaths), async (path) => {
    await ask(tried, `POST ${crds}?dryRun=All`, encoded([JSON.stringify(definition(path))])[0]);
    const body = encoded([JSON.stringify(pod(path))])[0];
    await ask(tried, "POST /api/v1/namespaces/a/pods?dryRun=All", body);
  });
});

const der = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]*-----/g, ""), "base64");

test("hostile certificate requests", async () => {
  const tried = watched();
  const path = "POST /apis/certificates.k8s.io/v1/certificatesigningrequests?dryRun=All";
  const seeds = corpus.certificateRequests;
  const wrapped = mutated(seeds.map(der)).map(
    (bytes) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`,
  );
  await each(fc.oneof(mutatedText(seeds), wrapped), (text) =>
    ask(
      tried,
      path,
      Buffer.from(
        JSON.stringify({
          metadata: { name: "r" },
          spec: {
            request: Buffer.from(text).toString("base64"),
            signerName: "kubernetes.io/kube-apiserver-client",
            usages: ["client auth"],
          },
        }),
      ),
    ),
  );
});

test("hostile certificates: whoever changes one is nobody", async () => {
  const context = { nowMs: 0, random: seededRandom(1) };
  const authority = makeAuthority("authority", context);
  const [own, other] = [authority, makeAuthority("authority", context)].map((by) => {
    const subject = { commonName: "alice", organizations: ["dev"] };
    return der(issue(by, { subject, usages: ["clientAuth"] }, context).certificate);
  });
  const check = certificateCheck(authority.certificate);
  assert.ok(check(own!, 1000).valid);
  assert.ok(!check(other!, 1000).valid);
  await each(mutated([own!, other!]), async (bytes) => {
    const found = check(bytes, 1000);
    if (!found.valid) return;
    assert.equal(found.identity.user, "alice");
    assert.ok(Buffer.from(bytes).includes(own!.subarray(0, own!.length - 80)), "another's");
  });
});
