/** HTML outputs in frames of their own: no script of theirs runs, nothing is fetched, the page stays untouched. */
import { createHash } from "node:crypto";
import { escapeHtml } from "./escape.ts";

/** The tallest frame, in CSS pixels; what is longer scrolls. */
const tallest = 4000;

// Tells the page how tall the output is; the only script that the frame's policy lets run. It answers when it is asked, since
// browsers give a frame that is out of sight no other notice of a new width.
const heightScript =
  "addEventListener('load',()=>{const root=document.documentElement;const tell=()=>{const height=root.offsetHeight;" +
  `root.style.overflowY=height>${tallest}?'auto':'hidden';` +
  "parent.postMessage({residencyFrameHeight:height+innerHeight-root.clientHeight},'*')};" +
  "addEventListener('message',tell);new ResizeObserver(tell).observe(root);tell()})";

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; " +
  `script-src 'sha256-${createHash("sha256").update(heightScript).digest("base64")}'`;

const frameStyle =
  "html{overflow:auto hidden}body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#1f2328}" +
  "table{border-collapse:collapse}th,td{padding:.3em .8em;border-bottom:1px solid #d8dee4;text-align:left}";

/** A sandboxed frame with an HTML output; its origin is opaque and its own scripts and links to a network are off. */
export function htmlFrame(html: string): string {
  const page =
    `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<style>${frameStyle}</style><script>${heightScript}</script><body>${html}`;
  return `<iframe class="html-output" sandbox="allow-scripts" srcdoc="${escapeHtml(page)}"></iframe>`;
}

/**
 * The page's side: gives each frame the height that it tells, and asks again when the page is laid out or changes its width.
 * Stands in the page's head: a frame that is ready early tells its height only once.
 */
export const frameListener =
  'addEventListener("message",(event)=>{const height=event.data?.residencyFrameHeight;' +
  'if(typeof height!=="number")return;for(const frame of document.querySelectorAll("iframe.html-output"))' +
  `if(frame.contentWindow===event.source)frame.style.height=Math.min(height,${tallest})+"px"});` +
  'const askFrames=()=>{for(const frame of document.querySelectorAll("iframe.html-output"))' +
  'frame.contentWindow?.postMessage("height","*")};addEventListener("load",askFrames);addEventListener("resize",askFrames);';
