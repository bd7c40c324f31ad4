// Drives graphql-ws, the client most pages use: a line of JSON in is something to do, a line out is what happened.
//   {"open": NAME, "parameters": {}, "origin": null}
//   {"subscribe": NAME, "query": "", "variables": {}}
//   {"leave": NAME}
import { createInterface } from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const clients = {};
const say = (name, what, more = {}) => console.log(JSON.stringify({ name, what, ...more }));

function open({ open: name, parameters, origin }) {
  class FromOrigin extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, origin ? { origin } : {});
    }
  }
  clients[name] = createClient({
    url: process.env.URL,
    connectionParams: parameters,
    webSocketImpl: FromOrigin,
    retryAttempts: 0,
    onNonLazyError: () => undefined,
    on: {
      connected: () => say(name, "connected"),
      closed: (event) => say(name, "closed", { code: event.code, reason: event.reason }),
    },
  });
}

function subscribe({ subscribe: name, query, variables }) {
  clients[name].subscribe({ query, variables }, {
    next: ({ data, errors }) => say(name, "next", { data, errors }),
    error: (problem) => say(name, "error", { errors: Array.isArray(problem) ? problem : undefined }),
    complete: () => say(name, "complete"),
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  if (given.open) open(given);
  else if (given.subscribe) subscribe(given);
  else await clients[given.leave].dispose();
}
