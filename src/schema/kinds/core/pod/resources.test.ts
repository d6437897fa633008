// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { pod } from "./pod.ts";

const good = {"metadata":{"name":"web"},"spec":{"automountServiceAccountToken":false,"terminationGracePeriodSeconds":5,"containers":[{"name":"web","image":"nginx:1","resources":{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"1","memory":"1Gi"}}}]}};

test("a new resource request is refused in upstream's words",()=>{
assertTold(pod, good, [

]);});
