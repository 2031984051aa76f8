import { readFileSync } from "node:fs";

interface Part {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}

/** The sidebar, from the index of the docs: each bold line is a part, each link below it to a page an entry. */
export function sidebarOf(file: string): Part[] {
  const [, ...parts] = readFileSync(file, "utf8").split(/^\*\*(.+)\*\*$/m);
  return parts.flatMap((text, i) => {
    if (i % 2 === 1) return [];
    const links = [...(parts[i + 1] ?? "").matchAll(/\[([^\]]+)\]\(([^)#]+)\.md\)/g)];
    const items = links.map(([, name = "", path = ""]) => ({
      text: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      link: pageOf(path),
    }));
    return [{ text, items, collapsed: text === "Inside" }];
  });
}

/** The address of a page, from its path as seen from `docs/`. */
function pageOf(path: string): string {
  if (path === "../README") return "/";
  return path.startsWith("../") ? path.slice(2) : `/docs/${path}`;
}
