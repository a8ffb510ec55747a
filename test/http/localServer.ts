import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalServer { readonly url: string; close(): Promise<void> }

/** A server on this machine that gets each request's number, path and JSON body. */
export async function localServer(answer: (n: number, path: string, body: unknown, response: ServerResponse, request: IncomingMessage) => void): Promise<LocalServer> {
  let n = 0;
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => { text += part.toString(); });
    request.on("end", () => answer(n++, request.url!, text === "" ? undefined : JSON.parse(text), response, request));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => new Promise((done) => { server.close(() => done()); server.closeAllConnections(); }),
  };
}
