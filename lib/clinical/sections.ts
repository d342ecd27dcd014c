/** Cuts a clinical note at its headers, such as "HPI:" or a line in capitals. */

/** A header with the text below it. */
export interface NoteSection {
  /** As written, without the colon; empty for text before the first header. */
  header: string;
  text: string;
}

/** A line that begins with one to five words and a colon; "10:30" and "http://" are no headers. */
const labelled = /^[ \t]*([A-Z][A-Za-z/'-]*(?: [A-Za-z/'-]+){0,4}):(?!\/\/)[ \t]*(.*)$/;
const capitals = /^[ \t]*([A-Z][A-Z/ -]{2,50}[A-Z])[ \t]*$/;

/**
 * The sections of a note, in order; text that follows a header on its line belongs to the section.
 *
 * @example
 * parseSections("PMH: HTN\nPlan: f/u in 2 weeks"); // → [{ header: "PMH", text: "HTN" }, …]
 */
export function parseSections(note: string): NoteSection[] {
  const sections: { header: string; lines: string[] }[] = [{ header: "", lines: [] }];
  for (const line of note.split(/\r?\n/)) {
    const [, header, rest = ""] = labelled.exec(line) ?? capitals.exec(line) ?? [];
    if (header === undefined) sections.at(-1)!.lines.push(line);
    else sections.push({ header, lines: rest === "" ? [] : [rest] });
  }
  return sections
    .map(({ header, lines }) => ({ header, text: lines.join("\n").trim() }))
    .filter(({ header, text }) => header !== "" || text !== "");
}
