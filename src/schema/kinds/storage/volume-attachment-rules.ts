// The rules of a volume attachment.

import { required, tooLong } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import {
  checkDnsSubdomainCaseless,
  int32Max,
  nameIsDnsSubdomain,
  rangeProblem,
  utf8Length,
} from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeError,
} from "../../types/storage-v1.ts";
import {
  forbidden,
  immutableProblem,
  invalid,
  type Out,
  objectName,
  refuse,
  tooLongText,
} from "../checks.ts";
import { checkCsiDriverName } from "../core/pod/disk-sources.ts";
import { checkInlineVolume } from "../core/volume-rules.ts";

const metadataBytesMax = 256 * 1024;
const messageBytesMax = 1024;

export function validateVolumeAttachment(
  next: VolumeAttachment,
  old: VolumeAttachment | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  const { spec, status } = next;
  // Of a change that is refused anyway upstream says the same in older words, and first.
  if (old) checkCsiDriverName(out, "spec.attacher", spec.attacher);
  checkSource(out, "spec.source", spec.source ?? {});
  objectName(out, "spec.nodeName", spec.nodeName ?? "", nameIsDnsSubdomain);
  checkMetadata(out, "status.attachmentMetadata", status?.attachmentMetadata ?? {});
  checkError(out, "status.attachError", status?.attachError);
  checkError(out, "status.detachError", status?.detachError);
  const name = spec.source?.persistentVolumeName;
  if (name !== undefined) {
    objectName(out, "spec.source.persistentVolumeName", name, nameIsDnsSubdomain);
  }
  if (!old) checkAttacher(out, "spec.attacher", spec.attacher ?? "");
  if (old && subresource === "" && !semanticEqual(spec, old.spec)) {
    // Rules of upstream's newer kind do not show the value.
    invalid(out, "spec", null, immutableProblem);
  }
  return out;
}

const attacherLengthMax = 63;

function checkAttacher(out: Out, at: string, attacher: string): void {
  if (attacher === "") {
    out.push(required(at));
    return;
  }
  refuse(out, at, attacher, checkDnsSubdomainCaseless(attacher));
  if (attacher.length > attacherLengthMax) out.push(tooLongText(at, attacherLengthMax));
}

const exactlyOne = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

function checkSource(out: Out, at: string, source: VolumeAttachmentSource): void {
  const { inlineVolumeSpec: inline, persistentVolumeName: name } = source;
  if (inline === undefined && name === undefined) out.push(required(at, exactlyOne));
  else if (inline !== undefined && name !== undefined) forbidden(out, at, exactlyOne);
  else if (name === "") {
    const detail = "must specify non empty persistentVolumeName";
    out.push(required(`${at}.persistentVolumeName`, detail));
  } else if (inline !== undefined) checkInlineVolume(out, `${at}.inlineVolumeSpec`, inline);
}

function checkMetadata(out: Out, at: string, metadata: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const key in metadata) bytes += utf8Length(key) + utf8Length(metadata[key]!);
  if (bytes > metadataBytesMax) out.push(tooLong(at, metadataBytesMax));
}

function checkError(out: Out, at: string, error: VolumeError | undefined): void {
  const { message = "", errorCode } = error ?? {};
  if (utf8Length(message) > messageBytesMax) out.push(tooLong(`${at}.message`, messageBytesMax));
  if (errorCode !== undefined && errorCode < 0) {
    invalid(out, `${at}.errorCode`, errorCode, rangeProblem(0, int32Max));
  }
}
