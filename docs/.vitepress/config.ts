import { dirname, relative, resolve } from "node:path";
import { defineConfig, type MarkdownEnv } from "vitepress";
import { sidebarOf } from "./sidebar.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Where the files are that are no pages, such as manifests: the tree of this version in the repository. Empty: they are named, not linked. */
const SOURCE = process.env["SITE_SOURCE"] ?? "";
/** Markdown that is no page of the site. */
const NO_PAGES = ["node_modules/", "test/", "examples/", "dist/", ".tools/", "CHANGELOG.md"];

/** The same Markdown that the repository shows, as a site with a search that needs no server. `npm run site` builds it into `dist/site`. */
export default defineConfig({
  title: "linkerd-failover",
  description: "Fails traffic over between the backends of Linkerd routes, and back, by readiness and by success rate",
  srcDir: ROOT,
  srcExclude: NO_PAGES.map((place) => place.replace(/\/$/, "/**")),
  // A page of the docs may name the address of a port-forward.
  ignoreDeadLinks: "localhostLinks",
  outDir: resolve(ROOT, "dist/site"),
  cacheDir: resolve(ROOT, "dist/site-cache"),
  rewrites: { "README.md": "index.md" },
  cleanUrls: true,
  // Fonts and search come with the site: it asks no other server.
  themeConfig: {
    search: { provider: "local" },
    sidebar: sidebarOf(resolve(ROOT, "docs/README.md")),
    outline: { level: [2, 3] },
    ...(SOURCE === "" ? {} : { nav: [{ text: "Source", link: SOURCE }] }),
  },
  markdown: {
    config: (markdown) => {
      // A link to a file that is no page leads to the repository, or stays a name.
      markdown.core.ruler.push("files", ({ tokens, env }) => {
        for (const { children } of tokens) {
          for (const token of children ?? []) {
            const href = token.attrGet("href");
            if (token.type !== "link_open" || href === null || /^([a-z]+:|#)/.test(href)) continue;
            const path = relative(ROOT, resolve(dirname((env as MarkdownEnv).path), href));
            if (/\.md(#|$)/.test(path) && !NO_PAGES.some((place) => path.startsWith(place))) continue;
            if (SOURCE === "") token.attrs = [["title", path]];
            else token.attrSet("href", `${SOURCE}/${path}`);
          }
        }
      });
    },
  },
});
