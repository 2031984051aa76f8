import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** A page that people read. */
export interface Page {
  /** Path below the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** The README and its neighbours, and everything in docs/. */
export function allPages(): readonly Page[] {
  const beside = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  const inDocs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  return [...beside, ...inDocs.map((name) => `docs/${name}`)].map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

/** The fenced blocks of a page in this language, without the indentation of the list that they may stand in. */
export function blocksOf({ text }: Page, language: string): readonly string[] {
  const fences = text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gm"));
  return [...fences].map(([, indent = "", block = ""]) => block.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}

/** What stands between backquotes in the running text. */
export function codeSpansOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll(/\s+/g, " "));
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
