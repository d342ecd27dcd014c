/** Folded answers, which a source writes in a line and a notebook needs in parts. */

/**
 * The text with each `<details><summary>…</summary>…</details>` cut into parts with blank lines around its content: Markdown between
 * HTML tags is only read as such (by JupyterLab, GitHub and the book alike) where blank lines set it apart, as CommonMark's HTML
 * blocks have it.
 */
export function spreadFolds(text: string): string {
  return text
    .replaceAll(
      /^<details>[^\S\n]*<summary>((?:(?!<\/?(?:details|summary)>)[^])*)<\/summary>((?:(?!<\/?details>)[^])*)<\/details>[^\S\n]*$\n*/gm,
      (_, summary: string, content: string) =>
        `<details>\n<summary>${summary.trim().replaceAll(/\s+/g, " ")}</summary>\n\n${content.trim()}\n\n</details>\n\n`,
    )
    .trimEnd();
}
