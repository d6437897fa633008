// What another server's answer means, in the words of Go's client.
import { isObject } from "../schema/clone.ts";
import { CallError, type JsonAnswer } from "./outbound-json.ts";

/** The document of a good answer. Throws a CallError for any other. */
export function answeredValue(answer: JsonAnswer): Readonly<Record<string, unknown>> {
  const { status, type, text, value } = answer;
  if (status < 200 || status > 206) throw new CallError(refusalText(answer), {}, status);
  if (text === "")
    throw new CallError(`0-length response with status code: ${status} and content type: ${type}`);
  if (isObject(value)) return value;
  const found = value === undefined ? "string" : Array.isArray(value) ? "array" : typeof value;
  throw new CallError(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ` +
      String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`,
  );
}

/** Letters of a refusal's body that are told. */
const refusalLettersMax = 2048;

function refusalText({ status, text, value }: JsonAnswer): string {
  if (isObject(value) && value["kind"] === "Status" && typeof value["message"] === "string")
    return value["message"];
  const shown = text.trim().slice(0, refusalLettersMax);
  switch (status) {
    case 400:
      return "the server rejected our request for an unknown reason";
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return shown || "unknown";
    case 404:
      return "the server could not find the requested resource";
    case 405:
      return "the server does not allow this method on the requested resource";
    case 409:
      return "the server reported a conflict";
    case 422:
      return "the server rejected our request due to an error in our request";
    case 429:
      return "the server has received too many requests and has asked us to try again later";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return "the server was unable to return a response in the time allotted, but may still be processing the request";
    default:
      return status >= 500
        ? `an error on the server (${JSON.stringify(shown || "unknown")}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`;
  }
}
