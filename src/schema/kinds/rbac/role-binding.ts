// RoleBinding and ClusterRoleBinding: who may do what a role lists.
import { nameIsPathSegment } from "../../names.ts";
import { clusterRoleBindings, roleBindings } from "../../resources.ts";
import { defineKind } from "../define.ts";
import { bindingColumns, defaultBinding } from "./binding-columns.ts";
import { checkClusterRoleBinding, checkRoleBinding } from "./rules.ts";

export const roleBinding = defineKind(roleBindings, {
  nameRule: nameIsPathSegment,
  applyDefaults: defaultBinding,
  validate: checkRoleBinding,
  columns: bindingColumns,
  createsOnUpdate: true,
});

export const clusterRoleBinding = defineKind(clusterRoleBindings, {
  nameRule: nameIsPathSegment,
  applyDefaults: defaultBinding,
  validate: checkClusterRoleBinding,
  columns: bindingColumns,
  createsOnUpdate: true,
});
