// Serial lines on pairs of pseudo-terminals: bytes pass, losses are told, and what goes wrong is a sentence with what to do.

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SerialPort } from 'serialport'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSerial, pluggedAdapters } from '../../../devicejs/drivers/serial.ts'
import { later, openEnd, ptyPair, settings, stop } from '../serving.ts'

afterEach(stop)

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hazardpoint-'))
  later(() => rmSync(path, { recursive: true, force: true }))
  return path
}

describe('a serial line', () => {
  it('carries bytes both ways, control characters and all', async () => {
    const { ends } = await ptyPair()
    const [a, b] = [await openEnd(ends[0]), await openEnd(ends[1])]
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const got: number[] = []
      await new Promise<void>((resolve) => {
        to.onBytes((bytes) => {
          got.push(...bytes)
          if (got.length >= all.length) resolve()
        })
        from.write(all)
      })
      expect(got).toEqual([...all])
    }
  })

  it('tells when it is lost, at the latest by the next write; once, and also to who asks late', async () => {
    const { ends, socat } = await ptyPair()
    const port = await openEnd(ends[0])
    port.onBytes(() => {})
    const told: string[] = []
    const lost = new Promise<void>((resolve) =>
      port.onClose((why) => {
        told.push(why)
        resolve()
      }),
    )
    socat.kill()
    const writing = setInterval(() => port.write(Uint8Array.of(1)), 10)
    await lost
    clearInterval(writing)
    port.write(Uint8Array.of(1))
    port.onClose((why) => told.push(why))
    expect(told).toEqual([expect.stringMatching(/a is gone \(.*\); was the adapter unplugged\?$/), told[0]])
    await port.close()
  })

  it('tells when it is lost while nothing is said on it', async () => {
    const { ends, socat } = await ptyPair()
    const port = await openEnd(ends[0])
    port.onBytes(() => {})
    const lost = new Promise((resolve) => port.onClose(resolve))
    socat.kill()
    expect(await lost).toMatch(/a is gone \(.*\); was the adapter unplugged\?$/)
  })

  it('tells when it is lost between two polls', async () => {
    const { ends, socat } = await ptyPair()
    const port = await openEnd(ends[0])
    const device = await openEnd(ends[1])
    device.onBytes(() => device.write(Uint8Array.from({ length: 25 })))
    await new Promise<void>((resolve) => {
      port.onBytes((bytes) => bytes.length === 25 && resolve())
      port.write(Uint8Array.of(1), 25)
    })
    const lost = new Promise((resolve) => port.onClose(resolve))
    port.look?.()
    socat.kill()
    expect(await lost).toMatch(/is gone/)
  })

  it('wakes up once an answer, at whatever length: also beyond the 64 bytes that a read gives, and where the length changes', async () => {
    const { ends } = await ptyPair()
    const port = await openEnd(ends[0])
    const device = await openEnd(ends[1])
    let length = 0
    // The answer comes in pieces, as on a wire; socat passes each on by itself.
    device.onBytes(async () => {
      const answer = Uint8Array.from({ length }, (_, i) => i)
      for (let at = 0; at < length; at += 10) {
        device.write(answer.slice(at, at + 10))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })
    for (length of [7, 25, 25, 64, 65, 200, 255, 7]) {
      const pieces: number[] = []
      await new Promise<void>((resolve) => {
        port.onBytes((bytes) => {
          pieces.push(bytes.length)
          if (pieces.reduce((a, b) => a + b) === length) resolve()
        })
        port.write(Uint8Array.of(1), length)
      })
      expect(pieces).toEqual([length])
    }
  })

  it('gives what is there when it is looked at, though it is too little to wake up for', async () => {
    const { ends } = await ptyPair()
    const port = await openEnd(ends[0])
    const device = await openEnd(ends[1])
    const exception = Uint8Array.of(1, 0x83, 2, 0xc0, 0xf1)
    device.onBytes(() => device.write(exception))
    const heard = new Promise<Uint8Array>((resolve) => port.onBytes(resolve))
    port.write(Uint8Array.of(1), 25)
    const looking = setInterval(() => port.look?.(), 5)
    expect(await heard).toEqual(exception)
    clearInterval(looking)
  })

  it('that takes no more bytes is given up, and waits for nobody', async () => {
    const { ends, socat } = await ptyPair()
    const port = await openEnd(ends[0])
    const lost = new Promise((resolve) => port.onClose(resolve))
    socat.kill('SIGSTOP')
    later(() => socat.kill('SIGCONT'))
    for (let n = 0; n < 400; n++) port.write(new Uint8Array(256))
    expect(await lost).toBe(`${ends[0]} takes no more bytes; is its adapter stuck? Unplug it and plug it in again`)
    await port.close()
  })

  it('leaves no descriptor behind, however often it is closed and opened again', async () => {
    const { ends } = await ptyPair()
    const descriptors = () => readdirSync('/proc/self/fd').length
    const cycle = async () => {
      const port = await openSerial({ path: ends[0], ...settings })
      if ('trouble' in port) throw new Error(port.trouble)
      port.onBytes(() => {})
      port.write(Uint8Array.of(1), 9)
      await port.close()
    }
    await cycle()
    const before = descriptors()
    for (let n = 0; n < 50; n++) await cycle()
    expect(descriptors()).toBeLessThanOrEqual(before)
  })

  it('can be closed twice, and opened again', async () => {
    const { ends } = await ptyPair()
    const port = await openEnd(ends[0])
    const told = new Promise((resolve) => port.onClose(resolve))
    await port.close()
    await port.close()
    expect(await told).toBe(`${ends[0]} was closed`)
    await openEnd(ends[0])
  })
})

describe('what goes wrong', () => {
  const trouble = async (path: string) => (await openSerial({ path, ...settings })) as { trouble: string }

  it('is told of a line that is not there, with the adapters that are', async () => {
    const { trouble: told } = await trouble('/dev/serial/by-id/usb-none-port0')
    expect(told).toMatch(/^\/dev\/serial\/by-id\/usb-none-port0 is not there; (no serial adapter is plugged in|adapters that are plugged in: )/)
  })

  it('is told of a line that another program holds', async () => {
    const { ends } = await ptyPair()
    await openEnd(ends[0])
    expect(await trouble(ends[0])).toEqual({ trouble: `${ends[0]} is held by another program; stop that one (fuser -v ${ends[0]} names it)` })
  })

  it('is told of a file that is no line', async () => {
    const path = join(folder(), 'file')
    writeFileSync(path, '')
    expect((await trouble(path)).trouble).toMatch(/file is no serial line, or cannot do these settings/)
  })
})

it('lists adapters by their lasting names, none where none was ever plugged in', async () => {
  const path = folder()
  writeFileSync(join(path, 'usb-FTDI-port0'), '')
  writeFileSync(join(path, 'usb-CH340-port0'), '')
  expect(await pluggedAdapters(path)).toEqual([join(path, 'usb-CH340-port0'), join(path, 'usb-FTDI-port0')])
  expect(await pluggedAdapters(join(path, 'nowhere'))).toEqual([])
})

describe('what the library keeps for ever of each of its objects', () => {
  it('is made once a line, however often the length of the answers changes', async () => {
    const { binding } = SerialPort as unknown as { binding: { open(options: object): Promise<unknown> } }
    const made = vi.spyOn(binding, 'open')
    later(() => made.mockRestore())
    const { ends } = await ptyPair()
    const [a, b] = [await openEnd(ends[0]), await openEnd(ends[1])]
    b.onBytes((bytes) => b.write(new Uint8Array(bytes[0] as number)))
    const got: number[] = []
    for (const length of [5, 9, 7, 255, 5]) {
      const heard = new Promise<void>((resolve) =>
        a.onBytes((bytes) => {
          got.push(bytes.length)
          resolve()
        }),
      )
      a.write(Uint8Array.of(length), length)
      await heard
    }
    expect(got).toEqual([5, 9, 7, 255, 5])
    expect(made).toHaveBeenCalledTimes(2)
  })

  it('holds nothing of ours once the line is closed', async () => {
    const { ends } = await ptyPair()
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', join(import.meta.dirname, 'let-go.ts'), ends[0]])
    expect(stdout.trim()).toBe('let go')
  })
})
