// What the `format` of a string may ask for in the schema of a custom resource. Names are compared
// without hyphens.

import { durationNanos } from "./decode-duration.ts";
import { parseAddress, parseCidr } from "./ip.ts";

type Test = (text: string) => boolean;

/** The test of a format; undefined for one that is only a note to the reader. */
export const formatOf = (name: string): Test | undefined => formats.get(name.replaceAll("-", ""));

const matches =
  (expression: RegExp): Test =>
  (text) =>
    expression.test(text);

const date: Test = (text) => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return (
    day >= 1 && month >= 1 && month <= 12 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
  );
};

const dateTime: Test = (text) => {
  const [day = "", time, ...more] = text.toLowerCase().split("t");
  if (time === undefined || more.length > 0 || !date(day)) return false;
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/.exec(time);
  return match !== null && Number(match[1]) < 24 && Number(match[2]) < 60 && Number(match[3]) < 60;
};

const wordyDuration =
  /^(?:\d+(?:\.\d*)? *(?:ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?) *)+$/;

const duration: Test = (text) => {
  if (wordyDuration.test(text)) return true;
  try {
    durationNanos(text);
    return true;
  } catch {
    // It is no duration: the caller only asks whether it is one.
    return false;
  }
};

const addressBytes = (text: string): number | undefined => parseAddress(text)?.bytes.length;

/** Go accepts leading zeros here, for the sake of old objects. */
const withoutZeros = (text: string): string => text.replace(/(^|\.)0+(?=\d)/g, "$1");

const hostname: Test = (text) =>
  text.length <= 255 &&
  text.split(".").every((label) => label.length <= 63) &&
  /^(?:[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|(?:[a-zA-Z0-9\p{S}\p{L}](?:[-a-zA-Z0-9\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u.test(
    text,
  );

const isbn10: Test = (text) => {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce((all, c, i) => all + (c === "X" ? 10 : Number(c)) * (i + 1), 0);
  return sum % 11 === 0;
};

const isbn13: Test = (text) => {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((all, c, i) => all + Number(c) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
};

const creditCards =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11}|6[27]\d{14})$/;

/** A known card's number whose last digit checks the others. */
const creditCard: Test = (text) => {
  const digits = text.replace(/\D/g, "");
  if (!creditCards.test(digits)) return false;
  const sum = [...digits].reverse().reduce((all, c, i) => {
    const value = Number(c) * (i % 2 === 0 ? 1 : 2);
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
};

const rgb: Test = (text) => {
  const match = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text);
  return match?.slice(1).every((part) => Number(part) <= 255) === true;
};

const uuid = (version: string): Test =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?[0-9a-f]{12}$`, "i"));

const shortName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

const formats: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["bsonobjectid", matches(/^[0-9a-f]{24}$/i)],
  ["uri", (text) => /^\//.test(text) || /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(text)],
  ["email", matches(/^(?:[^<>@]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/)],
  ["hostname", hostname],
  ["ipv4", (text) => text.includes(".") && addressBytes(withoutZeros(text)) !== undefined],
  ["ipv6", (text) => text.includes(":") && addressBytes(text) !== undefined],
  ["cidr", (text) => parseCidr(withoutZeros(text)) !== undefined],
  [
    "mac",
    matches(
      /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2})?)$|^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?:\.[0-9a-f]{4})?$/i,
    ),
  ],
  ["uuid", uuid("[0-9a-f]{4}-?[0-9a-f]{4}")],
  ["uuid3", uuid("3[0-9a-f]{3}-?[0-9a-f]{4}")],
  ["uuid4", uuid("4[0-9a-f]{3}-?[89ab][0-9a-f]{3}")],
  ["uuid5", uuid("5[0-9a-f]{3}-?[89ab][0-9a-f]{3}")],
  ["isbn", (text) => isbn10(text) || isbn13(text)],
  ["isbn10", isbn10],
  ["isbn13", isbn13],
  ["creditcard", creditCard],
  ["ssn", matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ["hexcolor", matches(/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i)],
  ["rgbcolor", rgb],
  [
    "byte",
    matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  ],
  ["password", () => true],
  ["date", date],
  ["duration", duration],
  ["datetime", dateTime],
  ["k8sshortname", (text) => text.length <= 63 && shortName.test(text)],
  [
    "k8slongname",
    (text) => text.length <= 253 && text.split(".").every((part) => shortName.test(part)),
  ],
]);
