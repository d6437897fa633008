// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new security context is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      {
        "spec.securityContext": {
          runAsUser: -1,
          runAsGroup: -1,
          fsGroup: -1,
          supplementalGroups: [-1],
        },
      },
      [
        "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        "spec.securityContext.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        "spec.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      ],
    ],
    [
      {
        "spec.securityContext": {
          sysctls: [
            { name: "", value: "" },
            { name: "A", value: "x" },
            { name: "a.b", value: "1" },
            { name: "a/b", value: "2" },
          ],
        },
      },
      [
        "spec.securityContext.sysctls[0].name: Required value",
        'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([…',
      ],
    ],
    [
      { "spec.securityContext": { fsGroupChangePolicy: "Odd", supplementalGroupsPolicy: "Odd" } },
      [
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Odd": supported values: "Always", "OnRootMismatch"',
        'spec.securityContext.supplementalGroupsPolicy: Unsupported value: "Odd": supported values: "Merge", "Strict"',
      ],
    ],
    [
      { "spec.securityContext": { seccompProfile: { type: "Odd" } } },
      [
        'spec.securityContext.seccompProfile.type: Unsupported value: "Odd": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
      ],
    ],
    [
      { "spec.securityContext": { seccompProfile: { type: "Localhost" } } },
      [
        "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
      ],
    ],
    [
      {
        "spec.securityContext": {
          seccompProfile: { type: "RuntimeDefault", localhostProfile: "x" },
        },
      },
      [
        "spec.securityContext.seccompProfile.localhostProfile: Invalid value: …: can only be set when seccomp type is Localhost",
      ],
    ],
    [
      {
        "spec.securityContext": { appArmorProfile: { type: "Localhost", localhostProfile: " x" } },
      },
      [
        'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace',
      ],
    ],
    [
      { "spec.hostPID": true, "spec.shareProcessNamespace": true },
      [
        "spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
      ],
    ],
    [
      {
        "spec.hostUsers": false,
        "spec.hostPID": true,
        "spec.hostNetwork": true,
        "spec.hostIPC": true,
      },
      [
        "spec.hostNetwork: Forbidden: when `hostUsers` is false",
        "spec.HostPID: Forbidden: when `hostUsers` is false",
        "spec.HostIPC: Forbidden: when `hostUsers` is false",
      ],
    ],
    [
      {
        "spec.containers.0.securityContext": { privileged: true, allowPrivilegeEscalation: false },
      },
      [
        "spec.containers[0].securityContext: Invalid value: …: cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
      ],
    ],
    [
      {
        "spec.containers.0.securityContext": {
          capabilities: { add: ["SYS_ADMIN"] },
          allowPrivilegeEscalation: false,
        },
      },
      [],
    ],
    [
      { "spec.containers.0.securityContext": { procMount: "Odd" } },
      [
        'spec.containers[0].securityContext.procMount: Unsupported value: "Odd": supported values: "Default", "Unmasked"',
      ],
    ],
    [
      { "spec.containers.0.securityContext": { procMount: "Unmasked" } },
      [
        'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
      ],
    ],
    [
      { "spec.containers.0.securityContext": { runAsUser: -1 } },
      [
        "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      ],
    ],
    [
      { "spec.containers.0.securityContext": { windowsOptions: { hostProcess: true } } },
      [
        "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
      ],
    ],
    [
      {
        "spec.securityContext": { windowsOptions: { hostProcess: true, runAsUserName: "a/b\\c" } },
      },
      [
        "spec.securityContext.windowsOptions.runAsUserName: Invalid value: \"a/b\\\\c\": runAsUserName's Domain doesn't match the NetBios nor the DNS format",
        "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
      ],
    ],
    [
      { "spec.os": { name: "windows" }, "spec.securityContext": { runAsUser: 1 } },
      ["spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod"],
    ],
    [
      { "spec.os": { name: "odd" } },
      ['spec.os: Unsupported value: "odd": supported values: "linux", "windows"'],
    ],
    [
      { "metadata.annotations": { "container.apparmor.security.beta.kubernetes.io/web": "odd" } },
      [
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/web]: Invalid value: "odd": invalid AppArmor profile name: "odd"',
      ],
    ],
    [
      { "metadata.annotations": { "seccomp.security.alpha.kubernetes.io/pod": "x" } },
      [
        'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a valid seccomp profile',
      ],
    ],
  ]);
});
