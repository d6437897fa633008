// What a running cluster's own pages answer its administrator.
import { httpClient } from "../client/http.ts";
import type { DataDir } from "../main/data-dir.ts";
import { httpsApi } from "../main/https-api.ts";
import { adminTarget } from "../main/ready.ts";
import { Refusal } from "../main/refusal.ts";
import type { ApiResponse } from "../schema/api-request.ts";

type Question = { method: "GET" | "POST"; path: string; query?: string };

/** The parsed answer. Throws a `Refusal` with the server's own words for any other. */
export async function askServer(dir: DataDir, question: Question): Promise<unknown> {
  const { api, close } = httpsApi(adminTarget(dir));
  try {
    const answer = await httpClient(api).send(question);
    const text = await textOf(answer.body);
    if (answer.status === 200) return JSON.parse(text);
    throw new Refusal(answer.status === 404 ? 3 : 1, messageIn(text));
  } finally {
    close();
  }
}

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

async function textOf(body: ApiResponse["body"]): Promise<string> {
  if (body.is === "bytes") return Buffer.concat(body.chunks).toString();
  if (body.is !== "stream") return "";
  const chunks: Uint8Array[] = [];
  for await (const batch of body.batches) chunks.push(...batch);
  return Buffer.concat(chunks).toString();
}
