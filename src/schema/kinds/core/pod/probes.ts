// Probes and lifecycle hooks of containers.
import { fieldForbidden, invalidValue, required } from "../../../field-error.ts";
import { checkHttpHeaderName } from "../../../names.ts";
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from "../../../types/core-v1.ts";
import { notNegative, type Out, refuse, supportedOnly } from "../../checks.ts";
import { portNumberOrName } from "./ports.ts";

/** `graceSeconds`: of the pod, which a sleep must not outlast. */
export function checkHooksAndProbes(
  out: Out,
  at: string,
  container: Container,
  graceSeconds: number | undefined,
): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart) {
    checkHandler(out, `${at}.lifecycle.postStart`, lifecycle.postStart, graceSeconds);
  }
  if (lifecycle?.preStop) {
    checkHandler(out, `${at}.lifecycle.preStop`, lifecycle.preStop, graceSeconds);
  }
  if (livenessProbe) {
    checkProbe(out, `${at}.livenessProbe`, livenessProbe);
    checkOneSuccess(out, `${at}.livenessProbe`, livenessProbe);
  }
  if (readinessProbe) {
    checkProbe(out, `${at}.readinessProbe`, readinessProbe);
    const seconds = readinessProbe.terminationGracePeriodSeconds;
    if (seconds !== undefined) {
      const field = `${at}.readinessProbe.terminationGracePeriodSeconds`;
      out.push(invalidValue(field, seconds, "must not be set for readinessProbes"));
    }
  }
  if (startupProbe) {
    checkProbe(out, `${at}.startupProbe`, startupProbe);
    checkOneSuccess(out, `${at}.startupProbe`, startupProbe);
  }
}

function checkOneSuccess(out: Out, at: string, { successThreshold }: Probe): void {
  if (successThreshold === 1) return;
  out.push(invalidValue(`${at}.successThreshold`, successThreshold ?? 0, "must be 1"));
}

const counts = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

function checkProbe(out: Out, at: string, probe: Probe): void {
  checkHandler(out, at, probe);
  for (const count of counts) notNegative(out, `${at}.${count}`, probe[count]);
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0) {
    const field = `${at}.terminationGracePeriodSeconds`;
    out.push(invalidValue(field, seconds, "must be greater than 0"));
  }
}

type Handler = Probe & Pick<LifecycleHandler, "sleep">;

const tooMany = "may not specify more than 1 handler type";

function checkHandler(out: Out, at: string, handler: Handler, graceSeconds?: number): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  let found = false;
  if (exec) {
    found = true;
    if (!exec.command?.length) out.push(required(`${at}.exec.command`));
  }
  if (httpGet) {
    if (found) out.push(fieldForbidden(`${at}.httpGet`, tooMany));
    else checkHttpGet(out, `${at}.httpGet`, httpGet);
    found = true;
  }
  if (tcpSocket) {
    if (found) out.push(fieldForbidden(`${at}.tcpSocket`, tooMany));
    else portNumberOrName(out, `${at}.tcpSocket.port`, tcpSocket.port);
    found = true;
  }
  if (grpc) {
    if (found) out.push(fieldForbidden(`${at}.grpc`, tooMany));
    else portNumberOrName(out, `${at}.grpc.port`, grpc.port);
    found = true;
  }
  if (sleep) {
    if (found) out.push(fieldForbidden(`${at}.sleep`, tooMany));
    else checkSleep(out, `${at}.sleep`, sleep.seconds ?? 0, graceSeconds);
    found = true;
  }
  if (!found) out.push(required(at, "must specify a handler type"));
}

const schemes = ["HTTP", "HTTPS"];

function checkHttpGet(out: Out, at: string, action: HTTPGetAction): void {
  if (!action.path) out.push(required(`${at}.path`));
  portNumberOrName(out, `${at}.port`, action.port);
  supportedOnly(out, `${at}.scheme`, action.scheme, schemes);
  for (const { name } of action.httpHeaders ?? []) {
    refuse(out, `${at}.httpHeaders`, name, checkHttpHeaderName(name));
  }
}

function checkSleep(out: Out, at: string, seconds: number, graceSeconds: number | undefined): void {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  out.push(invalidValue(at, seconds, detail));
}
