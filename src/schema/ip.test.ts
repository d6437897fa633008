import assert from "node:assert/strict";
import { test } from "node:test";
import * as ip from "./ip.ts";

test("addresses are read and printed in canonical form", () => {
  const rows: [string, string | undefined][] = [
    ["1.2.3.4", "1.2.3.4"],
    ["010.002.0.1", "10.2.0.1"],
    ["256.1.1.1", undefined],
    ["1.2.3", undefined],
    ["", undefined],
    ["::", "::"],
    ["::1", "::1"],
    ["FE80:0:0:0:0:0:0:0abc", "fe80::abc"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:2:3:4:5:6:0:8", "1:2:3:4:5:6:0:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["1::2::3", undefined],
    [":::", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1:2:3:4::5:6:7:8", undefined],
    ["fe80::1%eth0", undefined],
    ["12345::", undefined],
  ];
  for (const [text, printed] of rows) {
    const address = ip.parseAddress(text);
    assert.equal(address && ip.printAddress(address), printed, text);
  }
});

test("blocks know their network", () => {
  const rows: [string, string | undefined][] = [
    ["10.9.8.7/24", "10.9.8.0/24"],
    ["10.9.8.7/0", "0.0.0.0/0"],
    ["10.9.8.7/31", "10.9.8.6/31"],
    ["10.9.8.7/33", undefined],
    ["10.9.8.7/", undefined],
    ["10.9.8.7", undefined],
    ["2001:db8:ffff::1/36", "2001:db8:f000::/36"],
    ["::ffff:1.2.3.4/120", "1.2.3.0/24"],
    ["::ffff:1.2.3.4/96", "0.0.0.0/0"],
    ["::ffff:1.2.3.4/95", "::fffe:0:0/95"],
    ["::/129", undefined],
  ];
  for (const [text, network] of rows) {
    const cidr = ip.parseCidr(text);
    assert.equal(cidr && ip.printCidr(ip.networkOf(cidr)), network, text);
  }
  const block = ip.parseCidr("10.244.0.0/16")!;
  assert.ok(ip.contains(block, ip.parseAddress("10.244.255.1")!));
  assert.ok(!ip.contains(block, ip.parseAddress("10.245.0.1")!));
  assert.ok(!ip.contains(block, ip.parseAddress("::1")!));
  assert.ok(ip.isIpv6("::1") && !ip.isIpv6("::ffff:1.2.3.4") && !ip.isIpv6("1.2.3.4"));
});

test("fields are refused in upstream's words", () => {
  type Check = (field: string, value: string) => { message: string }[];
  const rows: [Check, string, string | undefined][] = [
    [ip.checkIp, "::1", undefined],
    [ip.checkIp, "::0", 'must be in canonical form ("::")'],
    [ip.checkIp, "x", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    [ip.checkLegacyIp, "::0", undefined],
    [ip.checkLegacyIp, "01.2.3.4", "must not have leading 0s"],
    [ip.checkLegacyIp, "::ffff:1.2.3.4", "must not be an IPv4-mapped IPv6 address"],
    [ip.checkCidr, "10.0.0.0/8", undefined],
    [ip.checkCidr, "10::0/64", 'must be in canonical form ("10::/64")'],
    [ip.checkLegacyCidr, "10.0.0.1/8", "must not have bits set beyond the prefix length"],
    [ip.checkLegacyCidr, "10.0.0.0/08", "must not have leading 0s in IP or prefix length"],
    [ip.checkLegacyCidr, "::ffff:1.2.3.0/120", "must not have an IPv4-mapped IPv6 address"],
    [
      ip.checkLegacyCidr,
      "10.0.0.0",
      "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
    ],
    [ip.checkInterfaceAddress, "10.0.0.1/8", undefined],
    [ip.checkInterfaceAddress, "10.0.0.01/8", 'must be in canonical form ("10.0.0.1/8")'],
  ];
  for (const [check, value, detail] of rows) {
    const wanted = detail === undefined ? [] : [`Invalid value: "${value}": ${detail}`];
    assert.deepEqual(
      check("f", value).map((c) => c.message),
      wanted,
      value,
    );
  }
  assert.deepEqual(ip.checkLegacyIp("f", "01.2.3.4", ["01.2.3.4"]), []);
  assert.deepEqual(ip.checkLegacyCidr("f", "1.2.3.4/8", ["1.2.3.4/8"]), []);
});

test("odd spellings are warned about", () => {
  assert.deepEqual(ip.ipWarnings("f", "1.2.3.4"), []);
  assert.deepEqual(ip.ipWarnings("f", "01.2.3.4"), [
    'f: non-standard IP address "01.2.3.4" is invalid: use "1.2.3.4"',
  ]);
  assert.deepEqual(ip.ipWarnings("f", "::0"), [
    'f: IPv6 address "::0" should be in RFC 5952 canonical format ("::")',
  ]);
  assert.deepEqual(ip.cidrWarnings("f", "10.0.0.1/8"), [
    'f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
  assert.deepEqual(ip.cidrWarnings("f", "::ffff:1.2.3.0/120"), [
    'f: non-standard CIDR value "::ffff:1.2.3.0/120" is invalid: use "1.2.3.0/24"',
  ]);
  assert.deepEqual(ip.cidrWarnings("f", "10::0/64"), [
    'f: IPv6 CIDR value "10::0/64" should be in RFC 5952 canonical format ("10::/64")',
  ]);
});
