// containerd's own event stream, on the same socket as CRI: tells within milliseconds that a task began or ended, which
// CRI of 1.6 does not. Numbers as in containerd's published events.proto and task.proto.
import protobuf from "protobufjs/minimal.js";
import type { RuntimeEvent } from "../runtime.ts";
import type { Connection, Definition } from "./connect.ts";

export const eventsDefinition: Definition = {
  package: "containerd.services.events.v1",
  json: {
    nested: {
      containerd: {
        nested: {
          services: {
            nested: {
              events: {
                nested: {
                  v1: {
                    nested: {
                      Events: {
                        methods: {
                          Subscribe: {
                            requestType: "SubscribeRequest",
                            responseType: "Envelope",
                            responseStream: true,
                          },
                        },
                      },
                      SubscribeRequest: {
                        fields: { filters: { rule: "repeated", type: "string", id: 1 } },
                      },
                      Any: {
                        fields: {
                          typeUrl: { type: "string", id: 1 },
                          value: { type: "bytes", id: 2 },
                        },
                      },
                      Envelope: {
                        fields: {
                          namespace: { type: "string", id: 2 },
                          topic: { type: "string", id: 3 },
                          event: { type: "Any", id: 4 },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

type Envelope = { topic: string; event?: { value: Uint8Array } };

const kinds: Readonly<Record<string, "start" | "exit" | "oom">> = {
  "/tasks/start": "start",
  "/tasks/exit": "exit",
  "/tasks/oom": "oom",
};

/** Calls `receive` for what happens to containers of `namespace`; `end` when the stream is over. */
export function subscribeTasks(
  connection: Connection,
  namespace: string,
  use: { receive: (event: RuntimeEvent) => void; end: () => void },
): () => void {
  const filters = [`namespace==${namespace},topic~=^/tasks/`];
  return connection.stream<Envelope>(
    "Events/Subscribe",
    { filters },
    {
      end: use.end,
      receive({ topic, event }) {
        const what = kinds[topic];
        if (what === undefined || !event) return;
        const [containerId, processId] = readIds(event.value);
        // A process of exec ends with an event too: its id is not the container's.
        if (what === "exit" && processId !== "" && processId !== containerId) return;
        if (containerId !== "") use.receive({ is: "container", containerId, what });
      },
    },
  );
}

/** Fields 1 (container) and 2 (process) of a task event, when they are texts. */
function readIds(bytes: Uint8Array): [string, string] {
  const reader = protobuf.Reader.create(bytes);
  const ids: [string, string] = ["", ""];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if ((tag & 7) === 2 && (field === 1 || field === 2)) ids[field - 1] = reader.string();
    else reader.skipType(tag & 7);
  }
  return ids;
}
