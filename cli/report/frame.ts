/** HTML outputs in frames of their own: no script of theirs runs, nothing is fetched, the page stays untouched. */
import { createHash } from "node:crypto";
import { escapeHtml } from "./escape.ts";

// Tells the page how tall the output is; the only script that the frame's policy lets run.
const heightScript =
  'addEventListener("load",()=>{const tell=()=>parent.postMessage({residencyFrameHeight:' +
  'document.documentElement.offsetHeight},"*");tell();new ResizeObserver(tell).observe(document.documentElement)})';

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; " +
  `script-src 'sha256-${createHash("sha256").update(heightScript).digest("base64")}'`;

const frameStyle =
  "html{overflow:hidden}body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1f2328}" +
  "table{border-collapse:collapse}th,td{padding:.3em .8em;border-bottom:1px solid #d8dee4;text-align:left}";

/** A sandboxed frame with an HTML output; its origin is opaque and its own scripts and links to a network are off. */
export function htmlFrame(html: string): string {
  const page =
    `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<style>${frameStyle}</style><script>${heightScript}</script><body>${html}`;
  return `<iframe class="html-output" sandbox="allow-scripts" srcdoc="${escapeHtml(page)}"></iframe>`;
}

/** The page's side: gives each frame the height that it tells. */
export const frameListener =
  'addEventListener("message",(event)=>{const height=event.data?.residencyFrameHeight;' +
  'if(typeof height!=="number")return;for(const frame of document.querySelectorAll("iframe.html-output"))' +
  'if(frame.contentWindow===event.source)frame.style.height=Math.min(height,4000)+"px"});';
