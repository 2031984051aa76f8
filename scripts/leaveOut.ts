import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";

const NOTHING = (): string => "module.exports = {};";

/** What of undici is used, by us and by the parts of client-node that we use; its index loads fetch, WebSockets, caches and mocks too. */
const UNDICI = (): string => `
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
import request from "undici/lib/api/api-request.js";
Dispatcher.prototype.request = request;
export { default as Agent } from "undici/lib/dispatcher/agent.js";
export { default as ProxyAgent } from "undici/lib/dispatcher/proxy-agent.js";
export const fetch = () => Promise.reject(new Error("undici's fetch is not part of the bundle"));
`;

/** Modules that are loaded and never used here, by a pattern of their paths, and what stands in for the text of each. */
const STAND_INS: readonly (readonly [path: RegExp, text: (original: string) => string])[] = [
  [/\/node_modules\/undici\/index\.js$/, UNDICI],
  // A parser that undici tries out, behind an environment variable.
  [/\/node_modules\/undici\/lib\/milo\/[^/]+\.js$/, NOTHING],
  // Express offers to read bodies; we have none to read, and it brings the world's encodings along.
  [/\/node_modules\/body-parser\/index\.js$/, NOTHING],
  // prom-client's exemplars, which are off.
  [/\/node_modules\/@opentelemetry\/api\/.*index\.c?js$/, NOTHING],
  // axios uploads forms with it; we send queries.
  [/\/node_modules\/form-data\/lib\/form_data\.js$/, NOTHING],
  // To so much as look at the global Response or FormData makes Node load its own copy of undici, 17 MB of memory. axios speaks node:http here.
  [/\/node_modules\/axios\/lib\/adapters\/fetch\.js$/, () => "export const getFetch = null;"],
  [
    /\/node_modules\/axios\/lib\/utils\.js$/,
    (original) => replaced(original, "typeof G.FormData !== 'undefined' ? G.FormData : undefined", "undefined"),
  ],
];

/** Keeps out of the bundle what its dependencies load and we never use: every module costs memory, whether it is called or not. */
export const leaveOut: Plugin = {
  name: "leave-out",
  setup(setup) {
    for (const [filter, text] of STAND_INS) {
      setup.onLoad({ filter }, ({ path }) => ({ contents: text(readFileSync(path, "utf8")), resolveDir: dirname(path) }));
    }
  },
};

/** An ES import of node:http reads all that it exports, WebSocket among it, for which Node loads its own copy of undici: 17 MB. `require` does not. */
export const requireHttp: Plugin = {
  name: "require-http",
  setup(setup) {
    setup.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace: "required" } : undefined,
    );
    setup.onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({ contents: `module.exports = require("${path}");` }));
  },
};

/**
 * client-node's package.json does not say that its generated models do nothing when they are merely imported, so a bundler keeps
 * all of them. They don't: whatever nobody names may fall away.
 */
export const shakeClientNode: Plugin = {
  name: "shake-client-node",
  setup(setup) {
    const alreadyAsked = Symbol("already asked");
    setup.onResolve({ filter: /.*/ }, async (args) => {
      if (args.pluginData === alreadyAsked) return undefined;
      const fromClient = args.resolveDir.includes("/@kubernetes/client-node/");
      if (!fromClient && !args.path.startsWith("@kubernetes/client-node")) return undefined;
      const { kind, importer, resolveDir, path } = args;
      const found = await setup.resolve(path, { kind, importer, resolveDir, pluginData: alreadyAsked });
      return found.path.includes("/@kubernetes/client-node/") ? { ...found, sideEffects: false } : found;
    });
  },
};

/** A newer version of the package may spell it otherwise; then the build has to tell. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`there is nothing to replace: ${from}`);
  return text.replace(from, to);
}
