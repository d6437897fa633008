// Policies and webhooks of many kinds, each asked about one object of its own.

/** Rules about a ConfigMap with the data `{ a: "1", b: "x" }`; most do not hold, or fail. */
export const rules: readonly string[] = [
  "object.data.a == '2'",
  "object.data.c == '2'",
  "has(object.data.c)",
  "object.metadata.name.startsWith('z')",
  "request.operation == 'UPDATE'",
  "oldObject != null",
  "object.data.size() > 5",
  "object.data.all(k, k == 'a')",
  "object.data['zz'] == 'x'",
  "1/0 == 1",
  "request.userInfo.username == 'nobody'",
  "request.kind.kind == 'Pod'",
  "namespaceObject.metadata.name == 'x'",
  "authorizer.group('').resource('pods').namespace('default').check('get').allowed() == false",
  "authorizer.requestResource.check('create').allowed() == false",
  "object.data.a.matches('^[b-z]+$')",
  "object.metadata.labels['x'] == 'y'",
  "object.?data.?zz.orValue('q') == 'r'",
  "quantity('1Gi').isLessThan(quantity('1Mi'))",
  "request.dryRun == false",
  "request.resource.resource == 'pods'",
  "request.options.fieldManager == 'nobody'",
  "dyn(1) == dyn('1')",
  "ip('10.0.0.1').family() == 6",
  "object.data.b.lowerAscii() == 'y'",
  "object.kind == 'X'",
  "cidr('10.0.0.0/8').containsIP('11.0.0.1')",
  "format.dns1123Label().validate('A_').hasValue() == false",
];

type Spec = Readonly<Record<string, unknown>>;
type Case = { readonly spec: Spec; readonly binding?: Spec; readonly data?: object };

const rule = (expression: string, more: object = {}): Spec => ({
  validations: [{ expression, ...more }],
});
const condition = (expression: string): Spec => ({ matchConditions: [{ name: "c", expression }] });
const variable = (name: string, expression: string): object => ({ name, expression });
const ofMaps = { paramKind: { apiVersion: "v1", kind: "ConfigMap" } };
const ref = (name: string, parameterNotFoundAction: string): Spec => ({
  paramRef: { name, parameterNotFoundAction },
});

export const policies: Readonly<Record<string, Case>> = {
  "a message": { spec: rule("false", { message: "hello\t" }) },
  "a reason": { spec: rule("false", { message: "m", reason: "Forbidden" }) },
  "a message that is made": {
    spec: rule("false", {
      messageExpression: "'x' + object.data.a",
      reason: "RequestEntityTooLarge",
    }),
  },
  "a message that cannot be made": {
    spec: rule("false", { messageExpression: "'x' + string(object.data.q)", message: "fallback" }),
  },
  "an empty message": { spec: rule("false", { messageExpression: "' '", message: "fallback" }) },
  "two lines": { spec: rule("false", { messageExpression: "'a\\nb'", message: "fallback" }) },
  "several rules": {
    spec: {
      validations: [
        { expression: "true" },
        { expression: "false", message: "two" },
        { expression: "false", message: "three" },
      ],
    },
  },
  "a warning": { spec: rule("false"), binding: { validationActions: ["Warn"] } },
  "failures that are ignored": {
    spec: { ...rule("object.data.q == 'x'"), failurePolicy: "Ignore" },
  },
  "a broken rule all the same": { spec: { ...rule("false"), failurePolicy: "Ignore" } },
  "a condition that does not hold": {
    spec: { ...rule("false"), ...condition("object.data.a == '2'") },
  },
  "a condition that fails": { spec: { ...rule("false"), ...condition("object.data.q == '2'") } },
  "a failing condition that is ignored": {
    spec: { ...rule("false"), ...condition("object.data.q == '2'"), failurePolicy: "Ignore" },
  },
  "a variable": {
    spec: { ...rule("variables.x == 'no'"), variables: [variable("x", "object.data.a")] },
  },
  "a variable that fails": {
    spec: { ...rule("variables.x == 'no'"), variables: [variable("x", "object.data.q")] },
  },
  "a variable of a variable that fails": {
    spec: {
      ...rule("variables.y == 'no'"),
      variables: [variable("x", "object.data.q"), variable("y", "variables.x + 'a'")],
    },
  },
  "no parameters": {
    spec: { ...rule("params.data.x == 'no'"), ...ofMaps },
    binding: ref("none", "Deny"),
  },
  "no parameters, which may be": {
    spec: { ...rule("params.data.x == 'no'"), ...ofMaps },
    binding: ref("none", "Allow"),
  },
  parameters: {
    spec: { ...rule("params.data.x == 'no'"), ...ofMaps },
    binding: ref("params", "Deny"),
  },
  "chosen parameters": {
    spec: { ...rule("params.data.x == 'no'"), ...ofMaps },
    binding: {
      paramRef: { selector: { matchLabels: { p: "q" } }, parameterNotFoundAction: "Deny" },
    },
  },
  "no binding of parameters": { spec: { ...rule("params != null"), ...ofMaps } },
  "parameters of a kind that nobody knows": {
    spec: {
      ...rule("params.x == 'no'"),
      paramKind: { apiVersion: "none.example.com/v1", kind: "N" },
    },
    binding: ref("params", "Deny"),
  },
  "an annotation that cannot be made": {
    spec: { auditAnnotations: [{ key: "k", valueExpression: "string(object.data.q)" }] },
  },
  "a rule that costs too much": {
    spec: rule(
      "object.data.all(a, object.data.all(b, object.data.all(c, object.data.all(d, object.data.all(e, a+b+c+d+e != '')))))",
    ),
    data: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, "v"])),
  },
};

/** Changes of a Deployment; `Object` begins one that is applied, `[` a patch. */
export const mutations: readonly string[] = [
  "Object{spec: Object.spec{replicas: object.spec.replicas + 1}}",
  "Object{metadata: Object.metadata{labels: {'a': 'b'}}}",
  "Object{}",
  "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', image: 'new'}]}}}}",
  "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', args: ['new']}]}}}}",
  "Object{spec: Object.spec{nope: 1}}",
  "Object{spec: Object.metadata{replicas: 1}}",
  "Object{spec: Object.spec{replicas: 'x'}}",
  "Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'z'}}}}",
  "Object{spec: Object.spec{replicas: object.spec.nope}}",
  "Object{spec: Object.spec{?replicas: optional.none()}}",
  "Object{metadata: Object.metadata{name: 'other'}}",
  "has(object.spec.nope) ? Object{} : Object{spec: Object.spec{paused: true}}",
  "[JSONPatch{op: 'replace', path: '/spec/replicas', value: 5}]",
  "[JSONPatch{op: 'test', path: '/spec/replicas', value: 99}, JSONPatch{op: 'replace', path: '/spec/replicas', value: 5}]",
  "[JSONPatch{op: 'remove', path: '/spec/nope'}]",
  "[JSONPatch{op: 'add', path: '/metadata/annotations', value: {}}, JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('a.b/c'), value: 'v'}]",
  "[JSONPatch{op: 'add', path: '/spec/template/spec/initContainers', value: [Object.spec.template.spec.initContainers{name: 'i', image: 'j'}]}]",
  "[JSONPatch{op: 'nope', path: '/spec/replicas', value: 5}]",
  "[JSONPatch{op: 'add', path: '/spec/unknown', value: 5}]",
  "[JSONPatch{op: 'copy', from: '/metadata/name', path: '/spec/template/metadata/labels/n'}]",
  "[JSONPatch{op: 'replace', path: '/kind', value: 'Pod'}]",
  "[JSONPatch{op: 'move', from: '/metadata/labels', path: '/metadata/annotations'}]",
];

/** Expressions that a policy is refused for. */
export const refusedRules: readonly string[] = [
  "1",
  "'a'",
  "object.data.a",
  "foo == 1",
  "variables.x == 1",
  "params.x == 1",
  "authorizer == 1",
  "request.nope == 1",
  "namespaceObject.spec.x == 1",
  "[1,'a'].size() == 1",
  "oldObject.foo()",
  "'a'.matches('(') == true",
  "has(object)",
  "1 + 'a' == 2",
  "true ? 1 : 'a'",
  "authorizer.requestResource.foo()",
];

export const refusedMutations: readonly string[] = [
  "1",
  "object",
  "Foo{}",
  "{'a': 1}",
  "[1]",
  "Object.spec{replicas: 1}",
  "[JSONPatch{op: 1}]",
  "[JSONPatch{nope: 'a'}]",
  "variables.x == 1 ? Object{} : Object{}",
];
