// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { certificateSigningRequest } from "./certificate-signing-request.ts";

const good = {
  metadata: { name: "csr1" },
  spec: {
    request:
      "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1VUQ0NBVGtDQVFBd0RERUtNQWdHQTFVRUF3d0JlRENDQVNJd0RRWUpLb1pJaHZjTkFRRUJCUUFEZ2dFUApBRENDQVFvQ2dnRUJBTjR2Smx2QzArTkhmU0JtOGZDV3NXRDVpNlRjRGlMdlpYdzZVSHQzWDJCeTRtTzNCSkVICjRTR1FicHZqbUU4VWtZdHBHdHV6dVArcHAzMXNyempZQ3BDMWhOQlBjT0U0dXNKRGVaSUhzRDEvdnFSYjk1YmwKTXF3RDM4SloweW5KNTlUdGZvRldFWGcrMmV3ZERycjFxMlVEdDA5L1AvdEtreVQ0L2FHM1hpYVNubjZVaHlXTgpYTkVSa1VvSDZLSXZTdktReWlSd0p6UXl2TUduQXNPK3JXb2dTVmxDV3UxWmp2a3o5TVd2eWJSUFNmblhDeW9BCkZlQUxaUEc5aXBZS0dUVis3ZCs1ak9tSktGaFJqbzZ6MVByemw5dTV4SHNzWkMySHRJUndRTXcrNUU5STV0bUEKa3J3YkxoRlVHdDRQZ0FpYVhXd2FDZS9Wd2F1UVAzRGZnWU1DQXdFQUFhQUFNQTBHQ1NxR1NJYjNEUUVCQ3dVQQpBNElCQVFDRTRtSEppYStaTGk0VGVMN1pqRFZXOTZkS25Zck42NS9aMC9jdDg2cG0xL3VrT3A0TDNhYkg4bXFTCjdWanZ3SHdONjN6VXN1UVhIL1J4N3ViTnNMajBHeXFKRk5tTENJS01CV3FSUzVhUEcrL0dSTFVhL09GMTZGQVQKak43d1lyc3hCN3M0ODJBQTlxVGtOMVkyOTNxTGtaeFhJaHUwYXZCaTBJQVZSY0JsVkh5WTkvTVRLbkJpaERjNgpjZHBUWEFPT1JaY2taY1A2RnFuUGI4bmhJZkw3Mk9Zd3lFQjA1a0dha2dEdm5Gd1YvU0dLcEJyc1NyWFpMVWZKCjVBQTd4VldjdkFlNmlsdlJBQ0xLL3YxL0hna0oySjJibi9Nc2dTRDFrZzVKVlNNMXUzeFVVMEVBNnE3V2pTMFUKRm1WNFZzOHJMMnczYnpRUDU4dTJNQnVENzcxdQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K",
    signerName: "a.b/c",
    usages: ["client auth", "digital signature"],
    expirationSeconds: 700,
  },
};

test("a new CertificateSigningRequest is refused in upstream's words", () => {
  assertTold(certificateSigningRequest, good, [
    [
      { "spec.signerName": "plain" },
      [
        "spec.signerName: Invalid value: \"plain\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ],
    ],
    [{ "spec.signerName": "" }, ["spec.signerName: Required value"]],
    [{ "spec.usages": [] }, ["spec.usages: Required value"]],
    [
      { "spec.usages": ["odd"] },
      [
        'spec.usages[0]: Unsupported value: "odd": supported values: "any", "cert sign", "client auth", "code signing",…',
      ],
    ],
    [
      { "spec.usages": ["client auth", "client auth"] },
      ['spec.usages[1]: Duplicate value: "client auth"'],
    ],
    [
      { "spec.request": "eA==" },
      ['spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST'],
    ],
    [
      { "spec.expirationSeconds": 5 },
      [
        "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)",
      ],
    ],
  ]);
});

test("what a CertificateSigningRequest may change", () => {
  assertTold(certificateSigningRequest, good, [[{ "spec.usages": ["server auth"] }, []]], {
    update: true,
  });
});
