/** Whether code could run as it stands, or wants another line, by Oxc's parser. */
import { parseSync } from "oxc-parser";
import type { Completeness } from "../language-service.ts";
import { incomplete, withArrowBody } from "../unfinished-code.ts";

/** Says "incomplete" when the only trouble is that the code ends too early. */
export function isCompleteByOxc(code: string): Completeness {
  const text = code.trimEnd();
  const results = (["ts", "tsx"] as const).map(
    (lang) => parseSync(`cell.${lang}`, withArrowBody(text), { lang, sourceType: "module" }).errors,
  );
  if (results.some((errors) => errors.length === 0)) return { status: "complete" };
  const endsEarly = results.some((errors) =>
    errors.some(({ labels }) =>
      labels.some(
        ({ start, end }) => start >= text.length || (end >= text.length && isOpen(text.slice(start))),
      ),
    ),
  );
  return endsEarly ? incomplete(text) : { status: "invalid" };
}

/** A template or a comment that may go on over the next lines; a string may not. */
function isOpen(rest: string): boolean {
  return rest.startsWith("`") || rest.startsWith("/*");
}
