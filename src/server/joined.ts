// A connection of ours and one to another program as one.
import { once } from "node:events";
import type { Duplex as NodeDuplex } from "node:stream";
import type { Duplex as Connection } from "../schema/api-request.ts";

/** Carries bytes both ways until each side has said its last; what one side sent before it left still arrives. */
export async function joined(
  { readable, writable }: Connection,
  socket: NodeDuplex,
): Promise<void> {
  const inward = async (): Promise<void> => {
    const writer = writable.getWriter();
    try {
      for await (const chunk of socket) await writer.write(chunk);
    } finally {
      await writer.close();
    }
  };
  const outward = async (): Promise<void> => {
    for await (const chunk of readable as AsyncIterable<Uint8Array>) {
      if (!socket.write(chunk)) await once(socket, "drain");
    }
    socket.end();
  };
  // Either side may vanish amid a transfer: the other is then ended as well, and nobody is left to tell.
  await Promise.allSettled([inward().finally(() => readable.cancel().catch(() => {})), outward()]);
  socket.destroy();
}
