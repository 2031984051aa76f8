import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";

const NOTHING = (): string => "module.exports = {};";

/** The parts of undici that we and client-node use. Its index also loads fetch, WebSockets, caches and mocks. */
const UNDICI = (): string => `
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
import request from "undici/lib/api/api-request.js";
import upgrade from "undici/lib/api/api-upgrade.js";
Dispatcher.prototype.request = request;
Dispatcher.prototype.upgrade = upgrade;
export { default as Agent } from "undici/lib/dispatcher/agent.js";
export { default as ProxyAgent } from "undici/lib/dispatcher/proxy-agent.js";
export const fetch = () => Promise.reject(new Error("undici's fetch is not part of the bundle"));
`;

/** Modules that are loaded but never used here, by a pattern of their paths, and the replacement for the text of each. */
const STAND_INS: readonly (readonly [path: RegExp, text: (original: string) => string])[] = [
  [/\/node_modules\/undici\/index\.js$/, UNDICI],
  // An experimental parser of undici, behind an environment variable.
  [/\/node_modules\/undici\/lib\/milo\/[^/]+\.js$/, NOTHING],
  // Express can parse bodies. We read none, and the parser includes tables of encodings.
  [/\/node_modules\/body-parser\/index\.js$/, NOTHING],
  // For the exemplars of prom-client, which are off.
  [/\/node_modules\/@opentelemetry\/api\/.*index\.c?js$/, NOTHING],
  // axios uses it to upload forms, and we send only queries.
  [/\/node_modules\/form-data\/lib\/form_data\.js$/, NOTHING],
  // An access to the global Response or FormData makes Node load its own undici, 17 MB of memory. axios uses node:http here.
  [/\/node_modules\/axios\/lib\/adapters\/fetch\.js$/, () => "export const getFetch = null;"],
  [
    /\/node_modules\/axios\/lib\/utils\.js$/,
    (original) => replaced(original, "typeof G.FormData !== 'undefined' ? G.FormData : undefined", "undefined"),
  ],
];

/** Keeps unused modules of dependencies out of the bundle, because every loaded module costs memory. */
export const leaveOut: Plugin = {
  name: "leave-out",
  setup(setup) {
    for (const [filter, text] of STAND_INS) {
      setup.onLoad({ filter }, ({ path }) => ({ contents: text(readFileSync(path, "utf8")), resolveDir: dirname(path) }));
    }
  },
};

/** An ES import of node:http reads all exports. One of them, WebSocket, makes Node load its own undici: 17 MB. `require` does not. */
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
 * The package.json of client-node does not declare its generated models free of side effects, so a bundler keeps all of them. They
 * have none, so unused models can be removed.
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

/** Replaces a text; fails the build if a newer version of the package no longer has it. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`there is nothing to replace: ${from}`);
  return text.replace(from, to);
}
