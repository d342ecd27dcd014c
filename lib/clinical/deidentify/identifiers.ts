/** The 18 kinds of identifier that HIPAA's Safe Harbor rule removes (45 CFR 164.514(b)(2)(i)), and where they stand. */

/** The kinds, in the rule's order, A to R. */
export const identifierKinds = [
  "name",
  "place",
  "date",
  "phone",
  "fax",
  "email",
  "social security number",
  "medical record number",
  "health plan number",
  "account number",
  "licence number",
  "vehicle identifier",
  "device identifier",
  "web address",
  "network address",
  "biometric identifier",
  "photograph",
  "other identifier",
] as const;

/** One of the kinds. Ages over 89 are of the kind "date", as in the rule. */
export type IdentifierKind = (typeof identifierKinds)[number];

/** An identifier in a text: `text.slice(start, end)`. */
export interface IdentifierSpan {
  start: number;
  end: number;
  kind: IdentifierKind;
}
