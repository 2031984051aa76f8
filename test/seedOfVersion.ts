/**
 * Random tests of one version draw the same inputs each time, so that a change is judged by what it does and not by luck.
 * `FRESH_SEEDS=1` draws anew, which is how something new is found.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import project from "../package.json" with { type: "json" };

const drawsAnew = process.env["FRESH_SEEDS"] === "1";

if (!drawsAnew) fc.configureGlobal({ seed: createHash("sha256").update(project.version).digest().readInt32BE() });
