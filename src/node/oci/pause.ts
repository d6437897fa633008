// The image that holds a pod's namespaces, made here so that a machine without any registry runs pods. Its one program
// blocks SIGINT, SIGTERM and SIGCHLD (as PID 1 it would never see them otherwise) and then, for ever: reaps every child
// that has ended, waits for one of the three, and ends on the first two. The machine code is that of `pause.s` beside
// this file for amd64, and of the same steps for arm64.
import { imageArchive } from "./archive.ts";
import { tar } from "./tar.ts";

export const pauseImage = "registry.k8s.io/pause:3.10";

type Machine = { elfMachine: number; code: string };

const machines: Readonly<Record<string, Machine>> = {
  amd64: {
    elfMachine: 62,
    code: `31ff 488d3546000000 31d2 6a08 415a 6a0e 58 0f05
      6aff 5f 31f6 6a01 5a 4531d2 6a3d 58 0f05 85c0 7fec
      488d3d20000000 31f6 31d2 6a08 415a b880000000 0f05
      83f802 7405 83f80f 75cc 31ff 6a3c 58 0f05
      0240010000000000`,
  },
  arm64: {
    elfMachine: 183,
    code: `e0031faa 41030010 e2031faa e3037db2 e81080d2 010000d4
      00008092 e1031faa e20340b2 e3031faa 882080d2 010000d4
      1f000071 2cffff54 a0010010 e1031faa e2031faa e3037db2 281180d2 010000d4
      1f080071 60000054 1f3c0071 e1fdff54 e0031faa a80b80d2 010000d4
      0240010000000000`,
  },
};

const loadAddress = 0x400000n;
const headersSize = 64 + 56;

/** A static ELF program: two headers and the code, in one readable and executable segment. */
function program({ elfMachine, code }: Machine): Uint8Array {
  const text = Buffer.from(code.replace(/\s+/g, ""), "hex");
  const size = BigInt(headersSize + text.length);
  const headers = new Uint8Array(headersSize);
  const view = new DataView(headers.buffer);
  headers.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, elfMachine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, loadAddress + BigInt(headersSize), true); // entry
  view.setBigUint64(32, 64n, true); // program headers follow
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true); // load
  view.setUint32(68, 5, true); // read, execute
  view.setBigUint64(80, loadAddress, true);
  view.setBigUint64(88, loadAddress, true);
  view.setBigUint64(96, size, true);
  view.setBigUint64(104, size, true);
  view.setBigUint64(112, 0x1000n, true);
  return Buffer.concat([headers, text]);
}

/** The image as an OCI archive; undefined for a machine that it has no code for. */
export function pauseArchive(nodeArch: string): Uint8Array | undefined {
  const architecture = nodeArch === "x64" ? "amd64" : nodeArch;
  const machine = machines[architecture];
  if (!machine) return undefined;
  const createdSeconds = 1_700_000_000;
  const file = { path: "pause", mode: 0o755, modifiedSeconds: createdSeconds };
  return imageArchive({
    names: [pauseImage],
    architecture,
    config: { Entrypoint: ["/pause"], WorkingDir: "/", Env: ["PATH=/"] },
    layer: tar([{ is: "file", data: program(machine), ...file }]),
    createdSeconds,
  });
}
