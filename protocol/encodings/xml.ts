/** Writes XML 1.0 elements whose text may be anything: nothing that a person or an instrument says can end an element or begin one. */

/** Markup as it is; text is escaped before it becomes markup. */
export type Markup = string & { readonly markup: unique symbol }

/** All that no XML 1.0 document may hold, not even escaped (XML 1.0, 2.2 Char); half of a surrogate pair is among it. */
const notChar = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

/** A return is written as its code: a parser makes a line feed of a plain one. */
const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\r': '&#13;' }

export const escaped = (text: string): Markup => text.replace(notChar, '\u{FFFD}').replace(/[&<>"'\r]/g, (one) => escapes[one]!) as Markup

/** One element around text. */
export const leaf = (name: string, text: string): Markup => `<${name}>${escaped(text)}</${name}>` as Markup

/** One element around others, in this order. */
export const tree = (name: string, inside: readonly Markup[]): Markup => `<${name}>${inside.join('')}</${name}>` as Markup
