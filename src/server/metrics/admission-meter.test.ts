import assert from "node:assert/strict";
import { test } from "node:test";
import { AdmissionMeter, admissionNamesMax } from "./admission-meter.ts";

const samples = (meter: AdmissionMeter, family: string) =>
  meter
    .families()
    .find(({ name }) => name === `apiserver_admission_${family}`)!
    .samples();

const asked = {
  name: "a",
  type: "admit",
  operation: "CREATE",
  seconds: 0.01,
  code: 200,
  rejected: false,
} as const;

test("a webhook's answers, refusals and faults are told apart", () => {
  const meter = new AdmissionMeter();
  meter.webhook(asked);
  meter.webhook({ ...asked, type: "validating", code: 999, rejected: true });
  meter.webhook({ ...asked, code: 503, rejected: true, fault: "calling_webhook_error" });
  meter.webhook({ ...asked, code: 503, fault: "calling_webhook_error" });
  const rejection = { name: "a", operation: "CREATE" };
  assert.deepEqual(samples(meter, "webhook_rejection_count"), [
    {
      labels: { ...rejection, type: "validating", error_type: "no_error", rejection_code: "600" },
      value: 1,
    },
    {
      labels: {
        ...rejection,
        type: "admit",
        error_type: "calling_webhook_error",
        rejection_code: "503",
      },
      value: 1,
    },
  ]);
  assert.deepEqual(samples(meter, "webhook_fail_open_count"), [
    { labels: { name: "a", type: "admit" }, value: 1 },
  ]);
  assert.equal(samples(meter, "webhook_request_total").length, 4);
  const counts = samples(meter, "webhook_admission_duration_seconds")
    .filter(({ metricName }) => metricName?.endsWith("_count"))
    .map(({ labels, value }) => [labels["type"], labels["rejected"], value]);
  assert.deepEqual(counts, [
    ["admit", "false", 2],
    ["admit", "true", 1],
    ["validating", "true", 1],
  ]);
});

test("webhooks of ever new names do not fill the memory", () => {
  const meter = new AdmissionMeter();
  for (let i = 0; i < admissionNamesMax + 50; i++)
    meter.webhook({ ...asked, name: `w${i}`, code: 400, rejected: true });
  for (const family of ["webhook_request_total", "webhook_rejection_count"]) {
    const all = samples(meter, family);
    assert.equal(all.length, admissionNamesMax + 1, family);
    assert.deepEqual([all.at(-1)!.labels["name"], all.at(-1)!.value], ["", 50]);
  }
});
