import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

/** They fetch the binary of this machine; nothing else may run anything when it is installed. */
const MAY_RUN_SCRIPTS = ["node_modules/esbuild", "node_modules/node"];
/** All let us hand the program on under its own licence. */
const LICENCES = ["MIT", "MIT OR Apache-2.0", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "PSF-2.0", "Unlicense"];
/** Only for what is not handed on. */
const LICENCES_OF_TOOLS = [...LICENCES, "MPL-2.0"];
const EXACT = /^\d+\.\d+\.\d+$/;

const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));
const { packages } = read("package-lock.json") as { packages: Record<string, Package & { dev?: boolean }> };
const locked = Object.entries(packages).filter(([path]) => path !== "");
const bad = (isBad: (found: Package & { dev?: boolean }, path: string) => boolean) =>
  locked.filter(([path, found]) => isBad(found, path)).map(([path]) => path);

it("pins each package by the hash of what it is, wherever it is fetched from", () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(bad(({ integrity, link }) => link === true || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
  // Not from a git repository, a file or an address of its own: the registry that is configured, for all.
  expect(bad(({ resolved }) => resolved !== undefined)).toEqual([]);
});

it("lets no package run anything when it is installed, but those that we know", () => {
  expect(bad(({ hasInstallScript }) => hasInstallScript === true)).toEqual(MAY_RUN_SCRIPTS);
});

it("takes only packages under licences that let us hand them on", () => {
  expect(bad(({ license, dev }) => !(dev === true ? LICENCES_OF_TOOLS : LICENCES).includes(license ?? ""))).toEqual([]);
});

it("asks for exact versions, and is what package.json asks for", () => {
  const { dependencies, devDependencies } = read("package.json") as Record<string, Record<string, string>>;
  const asked = Object.entries({ ...dependencies, ...devDependencies });
  expect(asked.filter(([, version]) => !EXACT.test(version))).toEqual([]);
  expect(asked.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)).toEqual([]);
});
