// Containers of all three kinds: those that run, those that run before, and those that join for debugging.
import {
  duplicate,
  fieldForbidden,
  fieldNotFound,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from "../../../field-error.ts";
import type {
  Container,
  ContainerRestartRule,
  EphemeralContainer,
} from "../../../types/core-v1.ts";
import { dnsLabel, type Out, oneOf, supportedOnly } from "../../checks.ts";
import { checkEnv, checkEnvFrom } from "./env.ts";
import { checkDevices, checkHostPorts, checkMounts } from "./mounts.ts";
import type { PodParts } from "./pod-parts.ts";
import { checkPorts } from "./ports.ts";
import { checkHooksAndProbes } from "./probes.ts";
import { checkContainerResources, checkResizePolicy } from "./resources.ts";
import { checkSecurityContext } from "./security.ts";

export const pullPolicies = ["Always", "IfNotPresent", "Never"];
const messagePolicies = ["File", "FallbackToLogsOnError"];

export function checkContainers(out: Out, at: string, parts: PodParts): void {
  const { containers, terminationGracePeriodSeconds } = parts.spec;
  if (!containers?.length) {
    out.push(required(at));
    return;
  }
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const here = `${at}[${i}]`;
    checkCommon(out, here, container, parts);
    if (names.has(container.name)) out.push(duplicate(`${here}.name`, container.name));
    names.add(container.name);
    checkHooksAndProbes(out, here, container, terminationGracePeriodSeconds);
    checkRestartRules(out, here, container);
  }
  checkHostPorts(out, at, containers);
}

const notForInit = "may not be set for init containers without restartPolicy=Always";
const hooks = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

export function checkInitContainers(out: Out, at: string, parts: PodParts): void {
  const { initContainers, containers, terminationGracePeriodSeconds } = parts.spec;
  if (!initContainers?.length) return;
  const names = new Set((containers ?? []).map(({ name }) => name));
  for (const [i, container] of initContainers.entries()) {
    const here = `${at}[${i}]`;
    checkCommon(out, here, container, parts);
    checkRestartRules(out, here, container);
    if (names.has(container.name)) out.push(duplicate(`${here}.name`, container.name));
    else if (container.name) names.add(container.name);
    checkHostPorts(out, at, [container]);
    if (container.restartPolicy === "Always") {
      checkHooksAndProbes(out, here, container, terminationGracePeriodSeconds);
      continue;
    }
    for (const hook of hooks) {
      if (container[hook]) out.push(fieldForbidden(`${here}.${hook}`, notForInit));
    }
    for (const [j, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
      if (restartPolicy !== "RestartContainer") continue;
      const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
      const field = `${here}.resizePolicy[${j}].restartPolicy`;
      out.push(invalidValue(field, restartPolicy, detail));
    }
  }
}

const notForEphemeral = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

const ephemeralProblem = "cannot be set for an Ephemeral Container";

export function checkEphemeralContainers(out: Out, at: string, parts: PodParts): void {
  const { ephemeralContainers, containers = [], initContainers = [] } = parts.spec;
  if (!ephemeralContainers?.length) return;
  const others = new Set([...containers, ...initContainers].map(({ name }) => name));
  const names = new Set(others);
  for (const [i, container] of ephemeralContainers.entries()) {
    const { name, targetContainerName } = container;
    const here = `${at}[${i}]`;
    checkCommon(out, here, container, parts);
    checkImageText(out, here, container);
    if (names.has(name)) out.push(duplicate(`${here}.name`, name));
    names.add(name);
    if (targetContainerName && !others.has(targetContainerName)) {
      out.push(fieldNotFound(`${here}.targetContainerName`, targetContainerName));
    }
    checkEphemeralFields(out, here, container);
  }
}

function checkEphemeralFields(out: Out, at: string, container: EphemeralContainer): void {
  for (const field of notForEphemeral) {
    const isForbidden = field === "lifecycle" ? container.lifecycle : isUsed(container[field]);
    if (isForbidden) out.push(fieldForbidden(`${at}.${field}`, ephemeralProblem));
  }
  for (const [i, { subPath, subPathExpr }] of (container.volumeMounts ?? []).entries()) {
    const field = `${at}.volumeMounts[${i}]`;
    if (subPath) out.push(fieldForbidden(`${field}.subPath`, ephemeralProblem));
    if (subPathExpr) out.push(fieldForbidden(`${field}.subPathExpr`, ephemeralProblem));
  }
}

/** `resources: {}` is always there. */
function isUsed(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined;
}

/** Of pods only: templates may have blanks here, for old times' sake. */
export function checkImageText(out: Out, at: string, { image = "" }: Container): void {
  if (image.trim() === image) return;
  out.push(invalidValue(`${at}.image`, image, "must not have leading or trailing whitespace"));
}

function checkCommon(
  out: Out,
  at: string,
  container: Container | EphemeralContainer,
  parts: PodParts,
): void {
  const { name, image, terminationMessagePolicy, resources, securityContext } = container;
  if (!name) out.push(required(`${at}.name`));
  else dnsLabel(out, `${at}.name`, name);
  if (!image) out.push(required(`${at}.image`));
  oneOf(out, `${at}.terminationMessagePolicy`, terminationMessagePolicy, messagePolicies);
  checkPorts(out, `${at}.ports`, container.ports);
  checkEnv(out, `${at}.env`, container.env);
  checkEnvFrom(out, `${at}.envFrom`, container.envFrom);
  checkMounts(out, `${at}.volumeMounts`, container, parts);
  checkDevices(out, `${at}.volumeDevices`, container, parts);
  oneOf(out, `${at}.imagePullPolicy`, container.imagePullPolicy, pullPolicies);
  checkContainerResources(out, `${at}.resources`, resources, parts.claimNames);
  checkResizePolicy(out, `${at}.resizePolicy`, container.resizePolicy, parts.spec.restartPolicy);
  const hostUsers = parts.spec.hostUsers !== false;
  checkSecurityContext(out, `${at}.securityContext`, securityContext, hostUsers);
}

const restartPolicies = ["Always", "Never", "OnFailure"];
const ruleActions = ["Restart", "RestartAllContainers"];
const exitCodeOperators = ["In", "NotIn"];
const rulesMax = 20;
const exitCodesMax = 255;

function checkRestartRules(
  out: Out,
  at: string,
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
): void {
  if (restartPolicy === undefined) {
    if (rules.length === 0) return;
    const detail = "must specify restartPolicy when restart rules are used";
    out.push(required(`${at}.restartPolicy`, detail));
  } else if (!restartPolicies.includes(restartPolicy)) {
    out.push(notSupported(`${at}.restartPolicy`, restartPolicy, restartPolicies));
  }
  if (rules.length > rulesMax) {
    out.push(tooMany(`${at}.restartPolicyRules`, rules.length, rulesMax));
  }
  for (const [i, rule] of rules.entries()) checkRule(out, `${at}.restartPolicyRules[${i}]`, rule);
}

function checkRule(out: Out, at: string, { action = "", exitCodes }: ContainerRestartRule): void {
  if (!ruleActions.includes(action)) out.push(notSupported(`${at}.action`, action, ruleActions));
  const field = `${at}.exitCodes`;
  if (exitCodes === undefined) {
    out.push(required(field, "must be specified"));
    return;
  }
  supportedOnly(out, `${field}.operator`, exitCodes.operator, exitCodeOperators);
  const count = (exitCodes.values ?? []).length;
  if (count > exitCodesMax) out.push(tooMany(`${field}.values`, count, exitCodesMax));
}
