// What names of all sorts may look like, refused in upstream's words. A `check…` function returns
// every broken rule as a message for a field error, and nothing when the value is good.
//
// Upstream words the same length rule in two ways ("characters", "bytes"), depending on the age of
// its code. Both count bytes of UTF-8.

/** Upstream's text for a value that a pattern refuses. */
export function patternProblem(rule: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((e) => `'${e}', `).join(" or ");
  const such = examples.length === 0 ? "" : `e.g. ${shown}`;
  return `${rule} (${such}regex used for validation is '${pattern}')`;
}

export const rangeProblem = (low: number, high: number): string =>
  `must be between ${low} and ${high}, inclusive`;

/** Length in bytes of UTF-8; half of a surrogate pair counts as what it would be replaced by. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else bytes += 2;
    const next = unit >= 0xd800 && unit < 0xdc00 ? text.charCodeAt(i + 1) : 0;
    if (next >= 0xdc00 && next < 0xe000) i++;
  }
  return bytes;
}

const longer = (value: string, bytesMax: number): boolean =>
  value.length > bytesMax || (value.length * 3 > bytesMax && utf8Length(value) > bytesMax);

const charactersProblem = (max: number): string => `must be no more than ${max} characters`;
const bytesProblem = (max: number): string => `must be no more than ${max} bytes`;

const labelMax = 63;
const subdomainMax = 253;

const dnsLabelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dnsSubdomainPattern = `${dnsLabelPattern}(\\.${dnsLabelPattern})*`;
const dns1035Pattern = "[a-z]([-a-z0-9]*[a-z0-9])?";
const wildcardPattern = `\\*\\.${dnsSubdomainPattern}`;
const underscoreLabel = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const underscorePattern = `${underscoreLabel}(\\.${underscoreLabel})*`;

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const dnsLabelRegExp = whole(dnsLabelPattern);
const dnsSubdomainRegExp = whole(dnsSubdomainPattern);
const dnsSubdomainCaselessRegExp = new RegExp(`^${dnsSubdomainPattern}$`, "i");
const dns1035RegExp = whole(dns1035Pattern);
const wildcardRegExp = whole(wildcardPattern);
const underscoreRegExp = whole(underscorePattern);

const dnsLabelProblem = patternProblem(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and " +
    "must start and end with an alphanumeric character",
  dnsLabelPattern,
  "my-name",
  "123-abc",
);
const dnsSubdomainProblem = patternProblem(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or " +
    "'.', and must start and end with an alphanumeric character",
  dnsSubdomainPattern,
  "example.com",
);
const dns1035Problem = patternProblem(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an " +
    "alphabetic character, and end with an alphanumeric character",
  dns1035Pattern,
  "my-name",
  "abc-123",
);

/** One part of a DNS name (RFC 1123), lower case. */
export function checkDnsLabel(value: string): string[] {
  const problems = longer(value, labelMax) ? [charactersProblem(labelMax)] : [];
  if (dnsLabelRegExp.test(value)) return problems;
  problems.push(dnsSubdomainRegExp.test(value) ? "must not contain dots" : dnsLabelProblem);
  return problems;
}

/** A DNS name (RFC 1123), lower case. */
export function checkDnsSubdomain(value: string): string[] {
  const problems = longer(value, subdomainMax) ? [charactersProblem(subdomainMax)] : [];
  if (!dnsSubdomainRegExp.test(value)) problems.push(dnsSubdomainProblem);
  return problems;
}

/** The same rule, in the words of upstream's newer code. */
export function checkLongName(value: string): string[] {
  const problems = longer(value, subdomainMax) ? [bytesProblem(subdomainMax)] : [];
  if (!dnsSubdomainRegExp.test(value)) problems.push(dnsSubdomainProblem);
  return problems;
}

/** Upper case letters are also good. */
export function checkDnsSubdomainCaseless(value: string): string[] {
  const problems = longer(value, subdomainMax) ? [bytesProblem(subdomainMax)] : [];
  if (dnsSubdomainCaselessRegExp.test(value)) return problems;
  const rule =
    "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must start " +
    "and end with an alphanumeric character";
  return [...problems, patternProblem(rule, dnsSubdomainPattern, "Example.com")];
}

export function checkDnsSubdomainWithUnderscore(value: string): string[] {
  const problems = longer(value, subdomainMax) ? [charactersProblem(subdomainMax)] : [];
  if (underscoreRegExp.test(value)) return problems;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' " +
    "or '.', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(rule, underscorePattern, "example.com")];
}

/** One part of a DNS name that starts with a letter (RFC 1035): names of Services. */
export function checkDns1035Label(value: string): string[] {
  const problems = longer(value, labelMax) ? [charactersProblem(labelMax)] : [];
  if (!dns1035RegExp.test(value)) problems.push(dns1035Problem);
  return problems;
}

/** `*.example.com`. */
export function checkWildcardSubdomain(value: string): string[] {
  const problems = longer(value, subdomainMax) ? [charactersProblem(subdomainMax)] : [];
  if (wildcardRegExp.test(value)) return problems;
  const rule =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, " +
    "which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric " +
    "character";
  return [...problems, patternProblem(rule, wildcardPattern, "*.example.com")];
}

const namePartPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const namePartRegExp = whole(namePartPattern);
const namePartProblem = patternProblem(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
    "alphanumeric character",
  namePartPattern,
  "MyName",
  "my.name",
  "123-abc",
);

/** A label's key, an annotation's (in lower case), a finalizer: `name` or `example.com/name`. */
export function checkQualifiedName(value: string): string[] {
  const problems: string[] = [];
  const slash = value.indexOf("/");
  if (slash !== value.lastIndexOf("/")) {
    return [
      `a valid label key ${namePartProblem} with an optional DNS subdomain prefix and '/' ` +
        "(e.g. 'example.com/MyName')",
    ];
  }
  if (slash === 0) problems.push("prefix part must be non-empty");
  if (slash > 0) {
    const prefix = value.slice(0, slash);
    if (longer(prefix, subdomainMax)) problems.push(`prefix part ${bytesProblem(subdomainMax)}`);
    if (!dnsSubdomainRegExp.test(prefix)) problems.push(`prefix part ${dnsSubdomainProblem}`);
  }
  const name = value.slice(slash + 1);
  if (name === "") problems.push("name part must be non-empty");
  else if (longer(name, labelMax)) problems.push(`name part ${bytesProblem(labelMax)}`);
  if (!namePartRegExp.test(name)) problems.push(`name part ${namePartProblem}`);
  return problems;
}

/** A qualified name that must have its prefix. */
export function checkPrefixedName(value: string): string[] {
  const problems = checkQualifiedName(value);
  if (problems.length > 0 || value.includes("/")) return problems;
  return ["must include a prefix (e.g. 'example.com/key')"];
}

const labelValuePattern = `(${namePartPattern})?`;
const labelValueRegExp = whole(labelValuePattern);

export function checkLabelValue(value: string): string[] {
  const problems = longer(value, labelMax) ? [bytesProblem(labelMax)] : [];
  if (labelValueRegExp.test(value)) return problems;
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or " +
    "'.', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(rule, labelValuePattern, "MyValue", "my_value", "12345")];
}

/** What fits into a URL path and a key of the store: RBAC names and other liberal kinds. */
export function checkPathSegment(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return checkPathSegmentPrefix(name);
}

export function checkPathSegmentPrefix(name: string): string[] {
  return ["/", "%"].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
}

/** A named port: IANA service name. */
export function checkPortName(port: string): string[] {
  const problems = longer(port, 15) ? [charactersProblem(15)] : [];
  if (!/^[-a-z0-9]+$/.test(port)) {
    problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(port)) problems.push("must contain at least one letter (a-z)");
  if (port.includes("--")) problems.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) {
    problems.push("must not begin or end with a hyphen");
  }
  return problems;
}

export const checkRange = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [rangeProblem(low, high)];

export const checkPortNumber = (port: number): string[] => checkRange(port, 1, 65535);
/** Numeric ids of users and of groups. */
/** Largest number of 32 bits with a sign: what most fields of the API hold. */
export const int32Max = 2 ** 31 - 1;

export const checkUserId = (id: number): string[] => checkRange(id, 0, int32Max);

export const checkPercent = (value: string): string[] =>
  matching(
    value,
    "[0-9]+%",
    "a valid percent string must be a numeric string followed by an ending '%'",
    ["1%", "93%"],
  );

export const checkHttpHeaderName = (value: string): string[] =>
  matching(
    value,
    "[-A-Za-z0-9]+",
    "a valid HTTP header must consist of alphanumeric characters or '-'",
    ["X-Header-Name"],
  );

export const checkCIdentifier = (value: string): string[] =>
  matching(
    value,
    "[A-Za-z_][A-Za-z0-9_]*",
    "a valid C identifier must start with alphabetic character or '_', followed by a string of " +
      "alphanumeric characters or '_'",
    ["my_name", "MY_NAME", "MyName"],
  );

/** Names of environment variables: any printable ASCII but `=`. */
export function checkRelaxedEnvName(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  if (/^[ -<>-~]+$/.test(value)) return [];
  return [
    "a valid environment variable name must consist only of printable ASCII characters other " +
      "than '='",
  ];
}

/** Keys of a ConfigMap's and a Secret's data: file names. */
export const checkConfigMapKey = (value: string): string[] => [
  ...(longer(value, subdomainMax) ? [charactersProblem(subdomainMax)] : []),
  ...matching(
    value,
    "[-._a-zA-Z0-9]+",
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    ["key.name", "KEY_NAME", "key-name"],
  ),
  ...checkNoParent(value),
];

/** A condition's reason; its length is checked elsewhere. */
export const checkConditionReason = (value: string): string[] =>
  matching(
    value,
    "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?",
    "a condition reason must start with alphabetic character, optionally followed by a string of " +
      "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
    ["my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"],
  );

function checkNoParent(value: string): string[] {
  if (value === "." || value === "..") return [`must not be '${value}'`];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

const compiled = new Map<string, RegExp>();

/** `pattern` is always one of this file's, never a caller's. */
function matching(value: string, pattern: string, rule: string, examples: string[]): string[] {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = whole(pattern);
    compiled.set(pattern, expression);
  }
  return expression.test(value) ? [] : [patternProblem(rule, pattern, ...examples)];
}

/**
 * A kind's rule for `metadata.name`. `prefix`: the value is a `generateName`, to which something
 * will be added, so that it may end with a dash.
 */
export type NameRule = (name: string, prefix: boolean) => string[];

/** Upstream puts a letter in the place of the last two bytes; only what is left is checked. */
function unfinished(name: string): string {
  if (name.length < 2 || !name.endsWith("-")) return name;
  return `${name.slice(0, name.charCodeAt(name.length - 2) < 0x80 ? -2 : -1)}a`;
}

const named =
  (check: (name: string) => string[]): NameRule =>
  (name, prefix) =>
    check(prefix ? unfinished(name) : name);

export const nameIsDnsSubdomain: NameRule = named(checkDnsSubdomain);
export const nameIsLongName: NameRule = named(checkLongName);
export const nameIsDnsLabel: NameRule = named(checkDnsLabel);
export const nameIsDns1035Label: NameRule = named(checkDns1035Label);
export const nameIsPathSegment: NameRule = (name, prefix) =>
  prefix ? checkPathSegmentPrefix(name) : checkPathSegment(name);
