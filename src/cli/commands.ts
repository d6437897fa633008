// The table of commands.

import { runCerts, runKubeconfig, runRotateTokenKey } from "./access.ts";
import type { Command } from "./command.ts";
import { completion } from "./completion.ts";
import { encryptionFlag, etcdFlags, nodeFlags, rooms, serveFlags, whichCluster } from "./flags.ts";
import { runAgent, runServer } from "./foreground.ts";
import { runImageLoad, runToken } from "./inside.ts";
import { runDelete, runDoctor, runDown, runStatus, runUp } from "./lifecycle.ts";
import {
  historyFlags,
  runFork,
  runHistory,
  runRewind,
  runSnapshotInspect,
  runSnapshotRestore,
  runSnapshotSave,
} from "./snapshot.ts";

export const commands: readonly Command[] = [
  {
    name: "up",
    room: "Cluster",
    summary: "start the cluster in the background; returns when a pod could run",
    flags: [
      { flags: "--timeout <seconds>", summary: "longest wait for the cluster", fallback: 120 },
      {
        flags: "--install-missing",
        summary: "install system packages that a real node lacks",
        room: rooms.nodes,
      },
      ...serveFlags,
    ],
    run: runUp,
  },
  {
    name: "down",
    room: "Cluster",
    summary: "stop the cluster, keep its data",
    flags: whichCluster,
    run: runDown,
  },
  {
    name: "delete",
    room: "Cluster",
    summary: "stop the cluster and remove all that it left on this machine",
    flags: whichCluster,
    run: runDelete,
  },
  {
    name: "status",
    room: "Cluster",
    summary: "what runs, and how it is",
    flags: whichCluster,
    run: runStatus,
  },
  {
    name: "server",
    room: "In the foreground",
    summary: "run the control plane in the foreground",
    flags: serveFlags,
    run: runServer,
  },
  {
    name: "agent",
    room: "In the foreground",
    summary: "run a worker node in the foreground",
    flags: [
      { flags: "--server <url>", summary: "address of the API server" },
      { flags: "--token <token>", summary: "from `coxswain token` on the server" },
      ...whichCluster,
      ...nodeFlags,
    ],
    run: runAgent,
  },
  {
    name: "token",
    room: "Nodes",
    summary: "print a token with which a worker node joins, good for a day",
    flags: [
      ...whichCluster,
      { flags: "--ttl <hours>", summary: "hours until it ends", fallback: 24 },
    ],
    run: runToken,
  },
  {
    name: "certs",
    room: "Access",
    summary: "certificates of the cluster, and when they end",
    flags: whichCluster,
    run: runCerts,
  },
  {
    name: "rotate token-key",
    room: "Access",
    summary: "sign service-account tokens with a new key; earlier tokens stay good",
    flags: whichCluster,
    run: runRotateTokenKey,
  },
  {
    name: "kubeconfig",
    room: "Access",
    summary: "print a kubeconfig for a person, with a certificate that the cluster signs",
    flags: [
      ...whichCluster,
      { flags: "--user <name>", summary: "who it is" },
      { flags: "--group <name>", summary: "group that the person is in", many: true },
      { flags: "--days <count>", summary: "days until it ends", fallback: 365 },
    ],
    run: runKubeconfig,
  },
  {
    name: "doctor",
    room: "Nodes",
    summary: "what a real node lacks on this machine, and the command that installs it",
    flags: [{ flags: "--install-missing", summary: "run that command" }],
    run: runDoctor,
  },
  {
    name: "image load",
    room: "Nodes",
    summary: "load images from OCI or docker archives into this machine's node",
    argument: "<file...>",
    flags: whichCluster,
    run: runImageLoad,
  },
  {
    name: "snapshot save",
    room: "Data",
    summary: "write all of a cluster into one file, while it runs or lies still",
    argument: "<file>",
    flags: [...whichCluster, encryptionFlag],
    run: runSnapshotSave,
  },
  {
    name: "snapshot restore",
    room: "Data",
    summary: "make a cluster from such a file, in an empty data directory or etcd",
    argument: "<file>",
    flags: [
      ...whichCluster,
      { flags: "--store <url>", summary: "file: or etcd's addresses", fallback: "file:" },
      ...etcdFlags,
    ],
    run: runSnapshotRestore,
  },
  {
    name: "snapshot inspect",
    room: "Data",
    summary: "check such a file and tell what is in it",
    argument: "<file>",
    flags: [],
    run: runSnapshotInspect,
  },
  {
    name: "fork",
    room: "Data",
    summary: "start a second control plane from the present state",
    argument: "<name>",
    flags: [
      ...whichCluster,
      { flags: "--into <folder>", summary: "data directory of the fork (default: by its name)" },
      { flags: "--port <number>", summary: "port of the fork, 0: a free one", fallback: 0 },
      { flags: "--no-start", summary: "only make its data directory" },
    ],
    run: runFork,
  },
  {
    name: "rewind",
    room: "Data",
    summary: "make the state of a stopped cluster what it was",
    flags: [
      ...whichCluster,
      { flags: "--to <revision>", summary: "a revision, or a time such as 2026-11-23T16:00:00Z" },
      encryptionFlag,
      { flags: "--fork <name>", summary: "leave the cluster alone, rewind a fork of it" },
      { flags: "--into <folder>", summary: "data directory of the fork (default: by its name)" },
    ],
    run: runRewind,
  },
  {
    name: "history",
    room: "Data",
    summary: "the versions of an object, the newest first, and who wrote them",
    argument: "<kind/name>",
    flags: [...whichCluster, ...historyFlags],
    run: runHistory,
  },
  {
    name: "completion",
    room: "Shell",
    summary: "print a completion script for bash, zsh or fish",
    argument: "<shell>",
    flags: [],
    run: async (terminal, _flags, [shell = ""]) => {
      const script = completion(shell, commands);
      terminal.print(script, { shell, script });
    },
  },
];
