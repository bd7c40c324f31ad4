// The console: sign in or give a key, then ask. The token lives in this tab only.
"use strict";

const state = { access: null, refresh: null, key: null, expiresAt: 0 };
const endpoint = location.origin + "/graphql";
const said = (text) => { document.getElementById("said").textContent = text; };

const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) {
  accessToken refreshToken expiresAt refusals { message } } }`;
const REFRESH = `mutation Refresh($input: RefreshSessionInput!) { refreshSession(input: $input) {
  accessToken refreshToken expiresAt refusals { message } } }`;

async function ask(query, variables, headers) {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

function keep(outcome) {
  if (!outcome || outcome.refusals.length) {
    said(outcome ? outcome.refusals[0].message : "no answer");
    return false;
  }
  state.access = outcome.accessToken;
  state.refresh = outcome.refreshToken;
  state.expiresAt = Date.parse(outcome.expiresAt);
  return true;
}

async function credentials() {
  if (state.refresh && Date.now() > state.expiresAt - 30000) {
    const answer = await ask(REFRESH, { input: { refreshToken: state.refresh } }, {});
    keep(answer.data && answer.data.refreshSession);
  }
  if (state.access) return { Authorization: "Bearer " + state.access };
  return state.key ? { "X-Api-Key": state.key } : {};
}

function fetcher() {
  const client = graphqlWs.createClient({
    url: endpoint.replace(/^http/, "ws"),
    lazy: true,
    connectionParams: async () => {
      const given = await credentials();
      return { authorization: given.Authorization, apiKey: given["X-Api-Key"] };
    },
  });
  return GraphiQL.createFetcher({
    url: endpoint,
    wsClient: client,
    fetch: async (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...(await credentials()) } }),
  });
}

let root = null;
function show() {
  if (root) root.unmount();
  root = ReactDOM.createRoot(document.getElementById("graphiql"));
  root.render(React.createElement(GraphiQL, { fetcher: fetcher(), defaultEditorToolsVisibility: true }));
}

document.getElementById("door").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  Object.assign(state, { access: null, refresh: null, key: null, expiresAt: 0 });
  if (form.get("key")) {
    state.key = form.get("key");
    said("using the key");
  } else {
    const input = { email: form.get("email"), password: form.get("password") };
    const answer = await ask(SIGN_IN, { input }, {});
    if (!keep(answer.data && answer.data.signIn)) return;
    said("signed in as " + input.email);
  }
  show();
});

show();
