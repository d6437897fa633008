// A probe by the gRPC health protocol (grpc.health.v1.Health/Check).
import type { ProbeAnswer } from "../host.ts";

const serving = 1;
const names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

export async function probeGrpc(
  host: string,
  port: number,
  service: string,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  const grpc = await import("@grpc/grpc-js");
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    "grpc.enable_retries": 0,
    "grpc.primary_user_agent": "kube-probe/1.37",
  });
  try {
    return await new Promise<ProbeAnswer>((resolve) => {
      client.makeUnaryRequest(
        "/grpc.health.v1.Health/Check",
        request,
        (bytes: Buffer) => statusOf(bytes),
        service,
        { deadline: Date.now() + timeoutMs },
        (error, status?: number) => {
          if (error)
            resolve({
              result: "failure",
              output: textOf(error.code, error.details, address, timeoutMs),
            });
          else if (status === serving)
            resolve({ result: "success", output: "service status: SERVING" });
          else {
            const name = names[status ?? 0] ?? String(status);
            resolve({ result: "failure", output: `service unhealthy (responded with "${name}")` });
          }
        },
      );
    });
  } finally {
    client.close();
  }
}

/** Field 1, a text. */
function request(service: string): Buffer {
  const text = Buffer.from(service);
  return text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, text.length]), text]);
}

/** Field 1, a number below 128; absent is 0. */
const statusOf = (bytes: Buffer): number => (bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0);

function textOf(code: number, details: string, address: string, timeoutMs: number): string {
  if (code === 12)
    return "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)";
  if (code === 4) {
    return `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded`;
  }
  return `error: health rpc probe failed: ${details}`;
}
