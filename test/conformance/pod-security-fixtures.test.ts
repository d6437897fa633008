// Pods that the Pod Security project publishes for its own tests, for each level and version: those that must pass and,
// field by field, those that must be refused. $COXSWAIN_POD_SECURITY_FIXTURES names their folder: `test/testdata` of the
// Go module k8s.io/pod-security-admission.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod, PodSpec } from "../../src/schema/types/core-v1.ts";
import { type Level, violations } from "../../src/server/admission/pod-security/levels.ts";
import { podView } from "../../src/server/admission/pod-security/pod-view.ts";
import { versionOf } from "../../src/server/admission/pod-security/policy.ts";
import { parseYaml } from "../../src/server/yaml.ts";

const folder = process.env["COXSWAIN_POD_SECURITY_FIXTURES"];
const skip = folder === undefined ? "needs $COXSWAIN_POD_SECURITY_FIXTURES" : false;

/** What the names of the refused ones begin with, and a word of the reason that must be among those told. */
const reasons: Readonly<Record<string, RegExp>> = {
  allowprivilegeescalation: /allowPrivilegeEscalation/,
  apparmorprofile: /AppArmor/,
  capabilities_baseline: /capabilities/,
  capabilities_restricted: /unrestricted capabilities/,
  hostnamespaces: /host namespaces/,
  hostpathvolumes: /hostPath/,
  hostports: /hostPort/,
  hostprobesandhostlifecycle: /probe or lifecycle host/,
  privileged: /privileged/,
  procmount: /procMount/,
  procmount_baseline: /procMount/,
  procmount_restricted: /procMount/,
  restrictedvolumes: /restricted volume types/,
  runasnonroot: /runAsNonRoot/,
  runasuser: /runAsUser/,
  seccompprofile_baseline: /seccompProfile/,
  seccompprofile_restricted: /seccompProfile/,
  selinuxoptions: /seLinuxOptions/,
  sysctls: /forbidden sysctls/,
  windowshostprocess: /hostProcess/,
};

/** As the API fills it in before admission: a volume of no kind is an empty folder. */
const defaulted = (spec: PodSpec): PodSpec => ({
  ...spec,
  volumes: (spec.volumes ?? []).map((v) =>
    Object.keys(v).length === 1 ? { ...v, emptyDir: {} } : v,
  ),
});

for (const level of ["baseline", "restricted"] as const satisfies readonly Level[]) {
  test(`${level}: every published pod is judged as it must be`, { skip }, () => {
    const counts = { pass: 0, fail: 0 };
    for (const name of readdirSync(join(folder!, level))) {
      const version = versionOf(name)!;
      assert.equal(typeof version, "number", name);
      for (const verdict of ["pass", "fail"] as const) {
        const inside = join(folder!, level, name, verdict);
        for (const file of readdirSync(inside)) {
          const { metadata, spec } = parseYaml(readFileSync(join(inside, file))).value as Pod;
          const found = violations({ level, version }, podView(metadata, defaulted(spec)));
          const told = found.map((v) => `${v.reason} (${v.detail})`).join("; ");
          const what = `${level} ${name} ${verdict} ${file}: ${told}`;
          counts[verdict]++;
          if (verdict === "pass") assert.equal(told, "", what);
          else assert.match(told, reasons[file.replace(/\d+\.yaml$/, "")] ?? /^never$/, what);
        }
      }
    }
    assert.ok(counts.pass > 400 && counts.fail > 1000, JSON.stringify(counts));
  });
}
