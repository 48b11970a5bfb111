/** Short messages as a modem takes them: SMS-SUBMIT of 3GPP TS 23.040 (9.2.2.2) in UCS-2, long texts in parts. */

/** 140 bytes of user data: 70 characters, or 67 in a part of a longer text, whose header takes six bytes (TS 23.040, 9.2.3.24.1). */
const ALONE = 70
const IN_PART = 67

/** Three parts carry 201 characters: who is warned reads no more, and each part is a message that can be lost. */
const MOST_PARTS = 3

/** 8: user data are UCS-2 (TS 23.038, 4). */
const UCS2 = 0x08
/** SMS-SUBMIT without validity period; with 0x40 there is a header in the user data. */
const SUBMIT = 0x01
const WITH_HEADER = 0x40

export interface Part {
  /** Hexadecimal, with the empty address of the centre (the one on the card) before it. */
  pdu: string
  /** Length in bytes without that address: the argument of AT+CMGS (TS 27.005, 4.3). */
  length: number
}

/** `reference` is the same in all parts of one text, and another in the next text to the same number. */
export function partsOf(to: string, text: string, reference: number): { parts: Part[]; cut: string } {
  const { pieces, cut } = piecesOf(text)
  const address = addressOf(to)
  const parts = pieces.map((piece, index) => {
    const header = pieces.length === 1 ? [] : [5, 0x00, 3, reference & 0xff, pieces.length, index + 1]
    const body = [...header, ...piece.split('').flatMap((unit) => [unit.charCodeAt(0) >>> 8, unit.charCodeAt(0) & 0xff])]
    const bytes = [header.length === 0 ? SUBMIT : SUBMIT | WITH_HEADER, 0x00, ...address, 0x00, UCS2, body.length, ...body]
    return { pdu: `00${bytes.map(hex).join('')}`, length: bytes.length }
  })
  return { parts, cut }
}

/** The text in pieces of what one message carries; a character of two UTF-16 units is never torn. */
function piecesOf(text: string): { pieces: string[]; cut: string } {
  if (text.length <= ALONE) return { pieces: [text], cut: '' }
  const pieces: string[] = []
  let from = 0
  while (from < text.length && pieces.length < MOST_PARTS) {
    let to = Math.min(from + IN_PART, text.length)
    const last = text.charCodeAt(to - 1)
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to--
    pieces.push(text.slice(from, to))
    from = to
  }
  return { pieces, cut: text.slice(from) }
}

/** Digits in pairs, the second one first, filled up with F; 0x91 is an international number, 0x81 one as it is dialled here (TS 23.040, 9.1.2.5). */
function addressOf(to: string): number[] {
  const digits = to.replace(/^\+/, '')
  const pairs = (digits.length % 2 === 0 ? digits : `${digits}F`).match(/../g) ?? []
  return [digits.length, to.startsWith('+') ? 0x91 : 0x81, ...pairs.map((pair) => Number.parseInt(`${pair[1]}${pair[0]}`, 16))]
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0')

/** The inverse of a part, for twins: to whom, what, and which of how many parts it is; null where it is no such PDU. */
export function readSubmit(pdu: string): { to: string; text: string; part: { number: number; of: number } | null } | null {
  if (!/^([0-9A-F]{2}){9,}$/i.test(pdu)) return null
  const bytes = (pdu.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
  const [centre = 0, kind = 0, , digits = 0, type = 0] = bytes
  const from = 5 + Math.ceil(digits / 2)
  const body = bytes.slice(from + 3)
  if (centre !== 0 || (kind & 0x03) !== SUBMIT || bytes[from + 1] !== UCS2 || bytes[from + 2] !== body.length) return null
  const number = bytes.slice(5, from).flatMap((byte) => [byte & 15, byte >>> 4])
  const header = (kind & WITH_HEADER) === 0 ? 0 : (body[0] ?? 0) + 1
  const units = body.slice(header)
  const text = Array.from({ length: units.length >>> 1 }, (_, at) => String.fromCharCode(((units[2 * at] ?? 0) << 8) | (units[2 * at + 1] ?? 0))).join('')
  const part = header === 0 ? null : { number: body[5] ?? 0, of: body[4] ?? 0 }
  return { to: `${type === 0x91 ? '+' : ''}${number.slice(0, digits).join('')}`, text, part }
}
