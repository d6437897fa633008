// A request to the API and its answer as plain records. The listener makes them from HTTP, the client in the
// same process makes them by hand; everything between knows only these.

/** Who asks. Extra keys are lower case, as upstream's. */
export type Identity = {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
};

/** What the connection itself proves. */
export type Peer = {
  readonly address: string;
  /** DER of the client certificate that TLS received; not yet checked against the CA. */
  readonly certificate?: Uint8Array;
};

export type ApiRequest = {
  readonly method: string;
  /** Path as received, without the query. */
  readonly path: string;
  /** Text behind `?`, without it; "" when there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Resolves with the whole body, or throws a StatusError(413) beyond the bound. Empty when there is none. */
  readonly body: () => Promise<Uint8Array>;
  /** In process: the body as an object that the server may freeze and keep; `body` is not called then. */
  readonly object?: unknown;
  /** In process: already known. From the network: undefined until identified. */
  readonly identity?: Identity;
  /** In process: answer with frozen objects instead of bytes. */
  readonly wantsObjects?: boolean;
  readonly peer: Peer;
  /** Aborted when the caller goes away or the server stops. */
  readonly signal: AbortSignal;
  /** Set when the listener can hand over the raw connection (HTTP/1.1 Upgrade). */
  readonly upgradable?: boolean;
};

/** A two-way byte stream: what is left of an HTTP connection after an upgrade. */
export type Duplex = {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
};

export type WatchType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
export type WatchEvent<T = unknown> = { readonly type: WatchType; readonly object: T };

export type ApiBody =
  | { readonly is: "empty" }
  /** Written one after the other, never copied together. */
  | { readonly is: "bytes"; readonly chunks: readonly Uint8Array[] }
  /** Only for callers that set `wantsObjects`. */
  | { readonly is: "object"; readonly object: unknown }
  /** A watch for callers that set `wantsObjects`; each array is what one turn brought. */
  | { readonly is: "events"; readonly batches: AsyncIterable<readonly WatchEvent[]> }
  /** Each array of chunks is flushed together. */
  | { readonly is: "stream"; readonly batches: AsyncIterable<readonly Uint8Array[]> }
  /** The connection changes its protocol: `run` owns it from then on. */
  | { readonly is: "upgrade"; readonly run: (connection: Duplex) => Promise<void> };

export type ApiResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: ApiBody;
};

export type Api = (request: ApiRequest) => Promise<ApiResponse>;
