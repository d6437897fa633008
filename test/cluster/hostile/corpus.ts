// What has broken parsers of one kind or another, here or elsewhere. Each input is also a seed: tests cut, repeat and
// mix them. An input that ever did harm is added and stays.

/** Text that is JSON, nearly JSON, or a trap for what reads it. */
export const json: readonly string[] = [
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"b":"c"}},"data":{"k":"v"}}',
  '{"metadata":{"name":"a"},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  '{"metadata":{"name":"a","annotations":{"__proto__":"x","constructor":"y","toString":"z"}}}',
  '{"metadata":{"name":"a"},"data":{"__proto__":"x","hasOwnProperty":"y"}}',
  '{"metadata":{"name":"a"},"data":{"a":"\\ud800","b":"\\u0000","c":"\\udc00\\ud800"}}',
  '{"metadata":{"name":"a","name":"b"},"metadata":{"name":"c"}}',
  '{"metadata":{"name":"a","generation":1e400,"creationTimestamp":"9999999-99-99T99:99:99Z"}}',
  '{"metadata":{"name":"a","generation":123456789012345678901234567890,"uid":{}}}',
  '{"metadata":{"name":"a","resourceVersion":"18446744073709551616","deletionGracePeriodSeconds":-1}}',
  '{"metadata":{"name":"a","ownerReferences":[null,{},{"uid":1},[]],"finalizers":[null,"",{}]}}',
  '{"metadata":{"name":"a","managedFields":[{"fieldsType":"FieldsV1","fieldsV1":{"k:{\\"a":{},"v:":{},"i:99999999999":{},"f:":{},".":1}}]}}',
  '{"metadata":{"name":"a","managedFields":[{"fieldsV1":{"f:a":{"f:a":{"f:a":{"f:a":{}}}}},"time":"x","operation":"Nope"}]}}',
  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
  '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}}}}}}',
  '\ufeff{"metadata":{"name":"a"}}',
  '{"metadata":{"name":"a"}}{"metadata":{"name":"b"}}',
  "null",
  "true",
  "0",
  '"x"',
  "",
  " ",
  "{",
  '{"metadata":{"name":"a"},}',
  "{'metadata':{}}",
  '{"metadata":null,"data":null,"kind":null,"apiVersion":null}',
  '{"metadata":"x","data":[],"kind":{},"apiVersion":1}',
  "-0",
  "1e999999999",
  `{"a":${"9".repeat(400)}}`,
  `{"metadata":{"name":"${"a".repeat(300)}"}}`,
  `{"metadata":{"name":"a","labels":{"${"x".repeat(400)}/${"y".repeat(400)}":"z"}}}`,
];

/** Pods and workloads whose parts have rules of their own. */
export const objects: readonly string[] = [
  '{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"1e9999","memory":"9Ei9"},"requests":{"cpu":"-1m"}}}]}}',
  '{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":99999999999},{"containerPort":-1}],"env":[{"name":"A","value":"$(A)$(B)$$(C)"}]}]}}',
  '{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","livenessProbe":{"httpGet":{"port":"%%%"},"periodSeconds":1e10}}],"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1.0000000000000000000000000000001Pi"}}]}}',
  '{"metadata":{"name":"p"},"spec":{"containers":null,"nodeSelector":{"__proto__":"x"},"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"a","operator":"Gt","values":["999999999999999999999999"]}]}]}}}}}',
  '{"metadata":{"name":"p"},"spec":{"topologySpreadConstraints":[{"maxSkew":2147483648,"topologyKey":"","whenUnsatisfiable":"X"}],"tolerations":[{"operator":"Exists","value":"x","tolerationSeconds":-9}]}}',
];

/** Documents for the reader of YAML. */
export const yaml: readonly string[] = [
  "metadata:\n  name: a\ndata:\n  k: v\n",
  "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]\n",
  "a: &a\n  b: *a\n",
  "<<: {a: b}\nmetadata: {<<: [{name: a}, {name: b}]}\n",
  "? {a: b}\n: c\n",
  "metadata: !!binary aGVsbG8=\ndata: !!js/function 'function(){}'\n",
  "--- \nmetadata: {name: a}\n---\nmetadata: {name: b}\n...\n",
  "%YAML 9.9\n---\na: 1\n",
  "a: 1\na: 2\n__proto__: {polluted: 1}\n",
  "a: 0o777\nb: 0x1G\nc: .inf\nd: -.nan\ne: 1_000\nf: 12:30:45\ng: ~\nh: yes\n",
  'a: "\\x00\\ud800"\nb: |2-\n  x\nc: >+\n\n\n',
  "\ta: b\n",
  "a: [",
  "a: {b: [c, {d: 'e",
  "- - - - - - - - - - - - - - - - - - - - a\n",
];

export const jsonPatches: readonly string[] = [
  '[{"op":"add","path":"/data/x","value":"y"},{"op":"test","path":"/data/x","value":"y"}]',
  '[{"op":"add","path":"/__proto__/polluted","value":1}]',
  '[{"op":"add","path":"/constructor/prototype/polluted","value":1}]',
  '[{"op":"copy","from":"/data","path":"/data/a"},{"op":"copy","from":"/data","path":"/data/b"},{"op":"copy","from":"/data","path":"/data/c"}]',
  '[{"op":"move","from":"/data","path":"/data/a"}]',
  '[{"op":"remove","path":""}]',
  '[{"op":"replace","path":"","value":null}]',
  '[{"op":"add","path":"/metadata/finalizers/-1","value":"a"},{"op":"add","path":"/metadata/finalizers/99999999999","value":"a"}]',
  '[{"op":"add","path":"/data/~2","value":"a"},{"op":"add","path":"data","value":"a"}]',
  '[{"op":"frob","path":"/a"},{"op":1},{},null]',
  "{}",
  "[[]]",
];

export const mergePatches: readonly string[] = [
  '{"data":{"x":"y","k":null}}',
  '{"__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":1}}}',
  '{"metadata":{"name":"other","namespace":null,"uid":"x","resourceVersion":"0"}}',
  '{"$patch":"replace","data":{"$patch":"delete"}}',
  '{"$retainKeys":["a"],"$deleteFromPrimitiveList/finalizers":["x"],"$setElementOrder/finalizers":["a","a"]}',
  '{"metadata":{"$deleteFromPrimitiveList/finalizers":[{}],"$setElementOrder/ownerReferences":[{"uid":"x"},{}]}}',
  '{"metadata":{"ownerReferences":[{"$patch":"delete","uid":"x"},{"$patch":"merge"},{"$patch":1}]}}',
  "null",
  "[]",
  '"x"',
];

export const selectors: readonly string[] = [
  "a=b,c!=d,e in (f,g),h notin (),!i,j",
  "a==b",
  "a in (b",
  "a in b)",
  "((((((((",
  ",,,,,",
  "a gt 1,b lt 99999999999999999999",
  "!",
  "a=",
  "=b",
  "__proto__=x",
  "é=ü",
  "a\\=b=c\\,d",
  "metadata.name=a,metadata.name!=a,metadata.namespace=b",
  "spec.nodeName=\\",
  `${"a,".repeat(2000)}a`,
  `a in (${"b,".repeat(2000)}b)`,
];

export const queries: readonly string[] = [
  "limit=2&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Miwic3RhcnQiOiJhIn0",
  "limit=-9223372036854775808&limit=1",
  "limit=1e3",
  "continue=%00%ff",
  "continue=bnVsbA",
  "continue=eyJydiI6e319",
  "resourceVersion=18446744073709551616",
  "resourceVersion=1&resourceVersionMatch=Exact",
  "resourceVersionMatch=__proto__",
  "pretty=%",
  "pretty=true&pretty",
  "watch=maybe&timeoutSeconds=1&allowWatchBookmarks=2",
  "timeoutSeconds=99999999999999999999&watch=false",
  "includeObject=Everything",
  "dryRun=All&dryRun=None",
  "fieldManager=%0a&fieldValidation=Loud",
  "fieldValidation=Strict&force=perhaps",
  "gracePeriodSeconds=-1&propagationPolicy=Nowhere",
  "timeout=1h1h1h1h",
  "timeout=.s",
  "=&==&&;&%3d",
  `a=${"%".repeat(999)}`,
];

export const accepts: readonly string[] = [
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  "application/yaml;q=0.0000001,*/*;q=-1",
  "*/*;*/*;q=;;;=,,,",
  "application/json;as=__proto__;g=constructor;v=toString",
  `${"a/b,".repeat(500)}*/*`,
  "application/json;stream=watch;as=Table",
];

/** Patterns, expressions and paths that users put into definitions of custom resources. */
export const definitions: readonly string[] = [
  '{"type":"object","properties":{"a":{"type":"string","pattern":"^(a+)+$"}}}',
  '{"type":"object","properties":{"a":{"type":"string","pattern":"((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9})"}}}',
  '{"type":"object","properties":{"a":{"type":"string","pattern":"[["}}}',
  '{"type":"object","x-kubernetes-validations":[{"rule":"self.all(a, self.all(b, self.all(c, self.all(d, true))))"}]}',
  '{"type":"object","x-kubernetes-validations":[{"rule":"((((((((((((((((((((true"},{"rule":"1 + "},{"rule":"\\"a\\".matches(\\"(a*)*b\\")"}]}',
  '{"type":"object","properties":{"__proto__":{"type":"string","default":"x"},"constructor":{"type":"object"}}}',
  '{"type":"object","properties":{"a":{"type":"integer","default":1.5,"minimum":1e400,"multipleOf":0}}}',
  '{"type":"object","properties":{"a":{"$ref":"#/a"},"b":{"type":"array","items":{"type":"array"}}}}',
  '{"type":"object","additionalProperties":{"type":"object","additionalProperties":true},"properties":{"a":{}}}',
  '{"x-kubernetes-preserve-unknown-fields":true,"x-kubernetes-int-or-string":true,"x-kubernetes-embedded-resource":true}',
];

/** Paths to fields, in the several notations that objects use. */
export const fieldPaths: readonly string[] = [
  ".spec.a",
  ".spec.a[0].b",
  ".spec['a.b']",
  '.spec.a[?(@.b=="c")].d',
  ".spec..a[*]",
  "{.spec.a}{range .items[*]}{end}",
  "metadata.annotations['a.b/c']",
  "metadata.labels['__proto__']",
  "metadata.labels['a'",
  "status.hostIPs",
  "spec.containers[99999999999999999999].image",
  ".__proto__.polluted",
  ".constructor.prototype",
  `${".a".repeat(3000)}`,
  `.a${"[0]".repeat(3000)}`,
  `${"{".repeat(300)}.a`,
  ".a[-1:99999999999:0]",
  ".a[?(@.b",
  '.a["\\u0000\\ud800"]',
  "",
  ".",
];

/** One that is sound, and asks to be an administrator. */
export const certificateRequests: readonly string[] = [
  `-----BEGIN CERTIFICATE REQUEST-----
MIIBDDCBsgIBADArMRcwFQYDVQQKDA5zeXN0ZW06bWFzdGVyczEQMA4GA1UEAwwH
bWFsbG9yeTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHM7uieCcMUpkD7veKPG
24WwXr26FlKj00KUo3p0QIcMgKuzUQKW4VCMr4UAsJ5tvtg5j9bFVhbd61v1n7pl
xy2gJTAjBgkqhkiG9w0BCQ4xFjAUMBIGA1UdEQQLMAmCAWGHBAECAwQwCgYIKoZI
zj0EAwIDSQAwRgIhAILQBiKxC1zh2MyufGhh0K+wFE8fdELzBVNGG4qE6g7oAiEA
tGFCfTaIvV5HxRTco/Q/FvT1a6myUmSHqhRzoGG7ioM=
-----END CERTIFICATE REQUEST-----
`,
  "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n",
  "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
  "MIIBDDCBsgIBADArMRcwFQYDVQQKDA5zeXN0ZW06bWFzdGVyczEQMA4GA1UEAwwH",
];
