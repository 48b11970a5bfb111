/** Numbers in registers: integers, floats and BCD in the four word orders. */

export const types = ['u16', 'i16', 'u32', 'i32', 'u64', 'f32', 'f64', 'bcd16', 'bcd32', 'bytes-decimal'] as const
export const orders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const

/** `bytes-decimal`: high byte the integer, low byte the decimals (0x1409 = 20.9). Order means nothing for one-register types but BADC and DCBA, which swap their bytes. */
export interface Encoding {
  type: (typeof types)[number]
  order: (typeof orders)[number]
}
