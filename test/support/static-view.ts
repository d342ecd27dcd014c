/** What a viewer that runs no scripts makes of a notebook's output, as GitHub, GitLab and mail do. */
import { DOMParser, parseHTML } from "linkedom";
import type { Output } from "../../kernel/index.ts";

/** The part of an element that the tests read; the types of linkedom need those of a browser. */
export interface PageElement {
  tagName: string;
  textContent: string;
  innerHTML: string;
  attributes: Iterable<{ name: string; value: string }>;
  firstElementChild: PageElement | null;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  querySelectorAll(selector: string): Iterable<PageElement>;
  remove(): void;
}

/** The body of a page, or of a piece of one. */
export function parseBody(html: string): PageElement {
  const isPage = /<body[\s>]/i.test(html);
  const page = parseHTML(isPage ? html : `<!doctype html><html><body>${html}</body></html>`);
  return (page as unknown as { document: { body: PageElement } }).document.body;
}

/** The outermost element of a picture. */
export function parseSvg(text: string): PageElement {
  return new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
}

/** The order in which nbconvert, which such viewers are built on, looks for something that it can show. */
const priority = [
  "text/html",
  "text/markdown",
  "image/svg+xml",
  "text/latex",
  "image/png",
  "image/jpeg",
  "text/plain",
];

/** The type that is shown of an output's bundle, and its content; undefined when nothing in it can be shown. */
export function shownStatically(output: Output): { type: string; content: string } | undefined {
  if (!("data" in output)) return undefined;
  const type = priority.find((each) => each in output.data);
  const content = type === undefined ? undefined : output.data[type];
  return type === undefined || typeof content !== "string" ? undefined : { type, content };
}

/** HTML without what could run or reach outside: scripts, frames, handlers, styles, ids, and addresses that are not pictures or pages. */
export function withoutActiveContent(html: string): string {
  const body = parseBody(html);
  for (const element of body.querySelectorAll("script, style, iframe, object, embed, form, link, svg"))
    element.remove();
  for (const element of body.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      const isAddress = name === "src" || name === "href";
      const isSafe = isAddress
        ? /^(?:https?:|#|data:image\/(?:png|jpeg|gif|svg\+xml);base64,)/.test(value)
        : ["alt", "width", "height", "title", "colspan", "rowspan"].includes(name);
      if (!isSafe) element.removeAttribute(name);
    }
  }
  return body.innerHTML;
}
