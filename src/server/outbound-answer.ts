// What another server's answer means, in the words of Go's client.
import { CallError, type JsonAnswer } from "./outbound-json.ts";

/** The document of a good answer. Throws a CallError for any other. */
export function answeredValue({ status, text, value }: JsonAnswer): unknown {
  if (status >= 200 && status <= 206) {
    if (value !== undefined) return value;
    throw new CallError(
      `couldn't get version/kind; json parse error: invalid character ${shownLetter(text)} looking for beginning of value`,
    );
  }
  throw new CallError(refusalText(status, text.trim()));
}

const shownLetter = (text: string): string => `'${text.charAt(0)}'`;

/** Letters of a refusal's body that are told. */
const refusalLettersMax = 2048;

/** As Go's client tells of an answer that is no success. */
function refusalText(status: number, text: string): string {
  switch (status) {
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return text === "" ? "unknown" : text.slice(0, refusalLettersMax);
    case 404:
      return "the server could not find the requested resource";
    case 429:
      return "the server has received too many requests and has asked us to try again later";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return "the server was unable to return a response in the time allotted, but may still be processing the request";
    default:
      return status >= 500
        ? `an error on the server (${JSON.stringify(text.slice(0, refusalLettersMax) || "unknown")}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`;
  }
}
