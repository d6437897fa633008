// Role and ClusterRole: lists of what may be done.
import { nameIsPathSegment } from "../../names.ts";
import { clusterRoles, roles } from "../../resources.ts";
import { createdAt } from "../cells.ts";
import { defineKind } from "../define.ts";
import { checkClusterRole, checkRole } from "./rules.ts";

export const role = defineKind(roles, {
  nameRule: nameIsPathSegment,
  validate: checkRole,
  columns: [createdAt],
  createsOnUpdate: true,
});

export const clusterRole = defineKind(clusterRoles, {
  nameRule: nameIsPathSegment,
  validate: checkClusterRole,
  columns: [createdAt],
  createsOnUpdate: true,
});
