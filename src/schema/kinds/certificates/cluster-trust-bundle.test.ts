// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { clusterTrustBundle } from "./cluster-trust-bundle.ts";

const good = {
  metadata: { name: "a.b:c:x" },
  spec: {
    signerName: "a.b/c",
    trustBundle:
      "-----BEGIN CERTIFICATE-----\nMIIC+zCCAeOgAwIBAgIUC02IIs0swGgJb4q/h5osr8SO31gwDQYJKoZIhvcNAQEL\nBQAwDTELMAkGA1UEAwwCY2EwHhcNMjYxMTIzMTUxNDE1WhcNMjYxMjAzMTUxNDE1\nWjANMQswCQYDVQQDDAJjYTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEB\nAPzwcPl558+A1AtSQyadyIp2YzgfhjbHXouJABQFXmRlefICZGkfkKLhIuCIf1ee\nF94slxAkrPcFVPr/4P8u0C/qjSvX/ndZxaD+79pabVCuaihX087kQL9JowtxJVYW\nCswJxt97F1dLz8FMiB6qf/IXoV3ghQZJO4i4d5nDxNGuprYvoBA0zbpR2+epghQd\nd3AVydqn/Mkg1wplu0Wa+8/j5HBrvJh7EnfVQUhv0zSY4uxBRgI11q6IRt2RUwMk\nu+VNoTJtGyyqpUZM8EsMpgKMSSzGmQUbvvDNZCwgcIRTkAc/yUiI0CkWdTuwE3u7\nWI4I4kHp1dX4v6Gi9PM2LW0CAwEAAaNTMFEwHQYDVR0OBBYEFJAbEynaUOls32Tq\ngmpO8ol76rdkMB8GA1UdIwQYMBaAFJAbEynaUOls32TqgmpO8ol76rdkMA8GA1Ud\nEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAObwbDcjXtsacY9lh6Xs9QpV\nRfZJCldrZylVQrcWTCTY+viSRJuJXVhFIg+XNG+tKwygxk75x2kcGSr3fRRWcHuA\nr4/iURvfdEB0uftxK9CyfYnvE43Mu7GfAWnV3XyZ0FXJiKpXQiBaMLNKo5ncejH/\n5d1Ds8hEIECyYbNJUYymgSL8OPL2aBwzwmx+YLxntmBOEvyALRZ53l3WMAkSQW3R\nPG+J8/g2JHJ0kyl+2Zr3KOkw4aTyWsO5BaTXm20OH+4e5Zyafx51uV5HlMmO5Ao7\nNspu3fAvW4qqd2xvYJrEgHvhP0v0dISG9cd3ydtjRcTYQqvajaG5fvNKDu4cqC8=\n-----END CERTIFICATE-----\n",
  },
};

test("a new ClusterTrustBundle is refused in upstream's words", () => {
  assertTold(clusterTrustBundle, good, [
    [
      { "spec.signerName": "x.y/z" },
      [
        'metadata.name: Invalid value: "a.b:c:x": ClusterTrustBundle for signerName x.y/z must be named with prefix x.y:z:',
      ],
    ],
    [
      { "spec.signerName": undefined },
      [
        'metadata.name: Invalid value: "a.b:c:x": ClusterTrustBundle without signer name must not have ":" in its name',
      ],
    ],
    [
      { "spec.trustBundle": "" },
      [
        'spec.trustBundle: Invalid value: "<value omitted>": at least one trust anchor must be provided',
      ],
    ],
    [
      { "spec.trustBundle": "x" },
      [
        'spec.trustBundle: Invalid value: "<value omitted>": at least one trust anchor must be provided',
      ],
    ],
  ]);
});

test("what a ClusterTrustBundle may change", () => {
  assertTold(
    clusterTrustBundle,
    good,
    [
      [
        { "spec.trustBundle": "x" },
        [
          'spec.trustBundle: Invalid value: "<value omitted>": at least one trust anchor must be provided',
        ],
      ],
    ],
    { update: true },
  );
});
