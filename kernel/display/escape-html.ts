/** Text inside HTML. */

/** The text with every character that HTML gives a meaning replaced. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
