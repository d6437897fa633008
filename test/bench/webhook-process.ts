// A webhook that allows everything, in a process of its own: tells the parent its address.
import { type Asked, review, webhookServer } from "../kit/webhook-server.ts";

const hook = await webhookServer((asked: Asked) => review(asked, { allowed: true }));
process.send?.({ url: hook.url, caBundle: hook.caBundle });
