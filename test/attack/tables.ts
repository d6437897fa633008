import type { Table } from "./row.ts";
import { bodies } from "./rows/bodies.ts";
import { certificates } from "./rows/certificates.ts";
import { connections } from "./rows/connections.ts";
import { names, records } from "./rows/names.ts";
import { nodesTable } from "./rows/nodes.ts";
import { outbound } from "./rows/outbound.ts";
import { expressions, patches } from "./rows/patches.ts";
import { podsTable } from "./rows/pods.ts";
import { paths, smuggling } from "./rows/requests.ts";
import { roles } from "./rows/tenants.ts";
import { tokensTable } from "./rows/tokens.ts";

/** All that is tried, in this order. */
export const tables: readonly Table[] = [
  bodies,
  patches,
  expressions,
  connections,
  smuggling,
  paths,
  tokensTable,
  certificates,
  nodesTable,
  podsTable,
  roles,
  names,
  records,
  outbound,
];
