/** The module `tslab` for notebooks that were written for the older kernel of that name, in terms of our own display. */
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { displayHost, mime } from "../display/index.ts";

/** tslab's display functions, each for one MIME type. */
export interface Display {
  javascript(text: string): void;
  html(text: string): void;
  markdown(text: string): void;
  latex(text: string): void;
  svg(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  raw(contentType: string, data: string | Uint8Array): void;
}

/** The versions of this kernel, of TypeScript and of Node. */
export const versions = readVersions();

/** Shows values of one MIME type each. */
export const display: Display = createDisplay((data) => displayHost().display(mime(data), undefined, false));

/** A display of its own, whose values replace each other. */
export function newDisplay(): Display {
  const id = randomUUID();
  let shown = false;
  return createDisplay((data) => {
    displayHost().display(mime(data), id, shown);
    shown = true;
  });
}

function createDisplay(show: (data: Record<string, string | Uint8Array>) => void): Display {
  const shower = (type: string) => (data: string | Uint8Array) => show({ [type]: data });
  return {
    javascript: shower("text/javascript"),
    html: shower("text/html"),
    markdown: shower("text/markdown"),
    latex: shower("text/latex"),
    svg: shower("image/svg+xml"),
    png: shower("image/png"),
    jpeg: shower("image/jpeg"),
    gif: shower("image/gif"),
    pdf: shower("application/pdf"),
    text: shower("text/plain"),
    raw: (contentType, data) => show({ [contentType]: data }),
  };
}

function readVersions(): { tslab: string; typescript: string; node: string } {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  const { version, dependencies } = JSON.parse(text) as {
    version: string;
    dependencies: { typescript: string };
  };
  return { tslab: `residency ${version}`, typescript: dependencies.typescript, node: process.version };
}
