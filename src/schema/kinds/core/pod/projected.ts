// A volume that is put together from several sources.
import {
  fieldForbidden,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../../field-error.ts";
import { annotationBytesMax } from "../../../metadata.ts";
import { checkPrefixedName, nameIsDnsSubdomain, utf8Length } from "../../../names.ts";
import { checkLabelSelector } from "../../../selectors.ts";
import type {
  ClusterTrustBundleProjection,
  PodCertificateProjection,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../../types/core-v1.ts";
import { checkSignerName, isKubernetesSigner } from "../../certificates/signer-name.ts";
import { type Out, refuse } from "../../checks.ts";
import { checkDownward, checkItem, checkMode } from "./file-sources.ts";
import { localPath } from "./paths.ts";

export function checkProjected(
  out: Out,
  at: string,
  { defaultMode, sources }: ProjectedVolumeSource,
): void {
  checkMode(out, `${at}.defaultMode`, defaultMode);
  const taken = new Set<string>();
  const claim = (path: string, shown = path): void => {
    if (taken.has(path)) out.push(invalidValue(at, shown, "conflicting duplicate paths"));
    taken.add(path);
  };
  for (const [i, source] of (sources ?? []).entries()) {
    checkSource(out, { at, source, claim, here: `${at}.sources[${i}]` });
  }
}

type One = {
  /** Of the volume, and of the source in it. */
  readonly at: string;
  readonly here: string;
  readonly source: VolumeProjection;
  /** Notes that a file stands at `path`; `shown`: the value in the message when one does already. */
  readonly claim: (path: string, shown?: string) => void;
};

function checkSource(out: Out, { at, here, source, claim }: One): void {
  for (const name of ["secret", "configMap"] as const) {
    const files = source[name];
    if (files === undefined) continue;
    if (!files.name) out.push(required(`${here}.${name}.name`));
    for (const [j, item] of (files.items ?? []).entries()) {
      checkItem(out, `${here}.${name}.items[${j}]`, item);
      if (item.path) claim(item.path, files.name ?? "");
    }
  }
  const { downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  for (const file of downwardAPI?.items ?? []) {
    checkDownward(out, `${here}.downwardAPI`, file);
    if (file.path) claim(file.path);
  }
  if (serviceAccountToken) {
    checkToken(out, `${here}.serviceAccountToken`, at, serviceAccountToken);
  }
  if (clusterTrustBundle) {
    checkBundle(out, `${here}.clusterTrustBundle`, clusterTrustBundle);
    claim(clusterTrustBundle.path ?? "");
  }
  if (podCertificate) checkCertificate(out, `${here}.podCertificate`, podCertificate, claim);
  const count = Object.values(source).filter((value) => value !== undefined).length;
  if (count > 1) {
    out.push(fieldForbidden(here, "may not specify more than 1 volume type per source"));
  }
}

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

function checkToken(
  out: Out,
  at: string,
  volumeAt: string,
  { expirationSeconds: seconds, path }: ServiceAccountTokenProjection,
): void {
  const field = `${at}.expirationSeconds`;
  if (seconds === undefined) out.push(required(field));
  else if (seconds < tokenSecondsMin) {
    out.push(invalidValue(field, seconds, "may not specify a duration less than 10 minutes"));
  } else if (seconds > tokenSecondsMax) {
    out.push(invalidValue(field, seconds, "may not specify a duration larger than 2^32 seconds"));
  }
  if (!path) out.push(required(`${volumeAt}.path`));
  else localPath(out, `${volumeAt}.path`, path);
}

function checkBundle(out: Out, at: string, bundle: ClusterTrustBundleProjection): void {
  const { name, signerName, labelSelector, path } = bundle;
  if (name !== undefined && signerName !== undefined) {
    out.push(invalidValue(at, bundle, "only one of name and signerName may be used"));
  } else if (name !== undefined) {
    if (name === "") out.push(required(`${at}.name`, "must be a valid object name"));
    const problems = bundleNameProblems(name).map(
      (p) => `not a valid clustertrustbundlename: ${p}`,
    );
    refuse(out, `${at}.name`, name, problems);
    if (labelSelector !== undefined) {
      const detail = "labelSelector must be unset if name is specified";
      out.push(invalidValue(`${at}.labelSelector`, labelSelector, detail));
    }
  } else if (signerName !== undefined) {
    if (signerName === "") out.push(required(`${at}.signerName`, "must be a valid signer name"));
    checkSignerName(out, `${at}.signerName`, signerName);
    out.push(...checkLabelSelector(`${at}.labelSelector`, labelSelector));
  } else out.push(required(at, "either name or signerName must be specified"));
  if (!path) out.push(required(`${at}.path`));
  localPath(out, `${at}.path`, path ?? "");
}

/** `example.com:signer:name`: what stands behind the last colon is a name like any other. */
const bundleNameProblems = (name: string): string[] =>
  nameIsDnsSubdomain(name.slice(name.lastIndexOf(":") + 1), false);

const keyTypes = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
const certificateSecondsMin = 3600;
const certificateSecondsMax = 91 * 86_400;
const kubernetesSecondsMax = 86_400;

function checkCertificate(
  out: Out,
  at: string,
  projection: PodCertificateProjection,
  claim: (path: string) => void,
): void {
  const {
    signerName = "",
    keyType = "",
    maxExpirationSeconds: seconds,
    userAnnotations,
  } = projection;
  checkSignerName(out, `${at}.signerName`, signerName);
  if (userAnnotations) checkUserAnnotations(out, `${at}.userAnnotations`, userAnnotations);
  if (!keyTypes.includes(keyType)) out.push(notSupported(`${at}.keyType`, keyType, keyTypes));
  if (seconds !== undefined) {
    const field = `${at}.maxExpirationSeconds`;
    const max = isKubernetesSigner(signerName) ? kubernetesSecondsMax : certificateSecondsMax;
    if (seconds < certificateSecondsMin) {
      const detail = `if provided, maxExpirationSeconds must be >= ${certificateSecondsMin}`;
      out.push(invalidValue(field, seconds, detail));
    }
    if (seconds > max) {
      out.push(invalidValue(field, seconds, `if provided, maxExpirationSeconds must be <= ${max}`));
    }
  }
  let count = 0;
  for (const name of ["credentialBundlePath", "keyPath", "certificateChainPath"] as const) {
    const path = projection[name];
    if (!path) continue;
    count++;
    localPath(out, `${at}.${name}`, path);
    claim(path);
  }
  if (count > 0) return;
  const detail = "specify at least one of credentialBundlePath, keyPath, and certificateChainPath";
  out.push(required(at, detail));
}

function checkUserAnnotations(
  out: Out,
  at: string,
  annotations: Readonly<Record<string, string>>,
): void {
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    refuse(out, at, key.toLowerCase(), checkPrefixedName(key.toLowerCase()));
    bytes += utf8Length(key) + utf8Length(annotations[key]!);
  }
  if (bytes > annotationBytesMax) out.push(tooLong(at, annotationBytesMax));
}
