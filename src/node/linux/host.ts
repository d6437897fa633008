// This machine, as the agent uses it.

import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { enforcesAppArmor } from "../containerd.ts";
import type { Host } from "../host.ts";
import { findCgroups } from "./cgroups.ts";
import { probeGrpc } from "./grpc-probe.ts";
import { imageMounts } from "./image-mounts.ts";
import { lastLogNumber, logTail, readLog, removeLogs, rotateLog } from "./logs.ts";
import { machineOf, machineResolver } from "./machine.ts";
import { ifMissing } from "./missing.ts";
import { httpGet, probeHttp, probeTcp } from "./probes.ts";
import { machineSignals } from "./signals.ts";
import { mountSubPath } from "./sub-path.ts";
import {
  emptyDirUse,
  mountVolume,
  podFolder,
  podUids,
  prepareFolders,
  removePodFolders,
  type VolumeFolders,
} from "./volumes.ts";

export type LinuxHostOptions = {
  /** Folder of the node. */
  dir: string;
  nodeName: string;
  /** Absent: that of the default route. */
  nodeIp?: string;
  /** Parent of the control groups of all pods: `/coxswain-ab12/kubepods`. */
  cgroupRoot: string;
};

const hookMsMax = 30_000;

/** Makes the node's folders; rejects when this process may not. */
export async function linuxHost(options: LinuxHostOptions): Promise<Host> {
  const { dir, nodeName, nodeIp } = options;
  const folders: VolumeFolders = { pods: join(dir, "pods"), secrets: join(dir, "secrets") };
  await prepareFolders(folders);
  const logRoot = join(dir, "logs");
  await mkdir(logRoot, { recursive: true });
  const cgroups = await findCgroups();
  const images = imageMounts(dir);
  return {
    keepsFiles: true,
    machine: () => machineOf(dir, nodeIp, nodeName),
    signals: () => machineSignals(dir),
    podUids: () => podUids(folders),
    async mountVolumes(uid, volumes) {
      const paths = new Map<string, string>();
      for (const ask of volumes) paths.set(ask.name, await mountVolume(folders, images, uid, ask));
      return paths;
    },
    volumeUse: (uid) => emptyDirUse(podFolder(folders, uid)),
    subPath: (ask) => mountSubPath(podFolder(folders, ask.podUid), ask),
    async writePodFile(uid, name, text) {
      const folder = podFolder(folders, uid);
      await mkdir(folder, { recursive: true, mode: 0o755 });
      await writeFile(join(folder, name), text, { mode: 0o644 });
      return join(folder, name);
    },
    async terminationFile(uid, container) {
      const folder = join(podFolder(folders, uid), "containers", container);
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const path = join(folder, randomBytes(4).toString("hex"));
      const file = await open(path, "wx", 0o666);
      // Containers of any user write to it, whatever the mask of this process.
      await file.chmod(0o666);
      await file.close();
      return path;
    },
    readStart,
    removePod: (uid) => removePodFolders(folders, images, uid),
    logRoot,
    readLog,
    rotateLog: (path) => rotateLog(path, new Date()),
    removeLogs,
    lastLogNumber,
    logTail,
    probeHttp,
    probeTcp,
    probeGrpc,
    httpGet: (url, headers) => httpGet(url, headers, hookMsMax),
    cgroupRoot: cgroups ? options.cgroupRoot : "",
    makeCgroup: async (path, resources) => cgroups?.make(path, resources),
    removeCgroup: async (path) => cgroups?.remove(path),
    hasAppArmor: await enforcesAppArmor(),
    seccompRoot: join(dir, "seccomp"),
    resolver: machineResolver,
    hostsFile: () => readFile("/etc/hosts", "utf8"),
  };
}

async function readStart(path: string, bytesMax: number): Promise<string> {
  const file = await open(path, "r").catch(ifMissing(undefined));
  if (!file) return "";
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(bytesMax), 0, bytesMax, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
