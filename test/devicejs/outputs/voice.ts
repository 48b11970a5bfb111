// A Chinese voice of the SYN6288 kind, as bytes in and bytes out: it checks each frame as the chip does, speaks for its time, and tells when it is idle.

export interface FakeVoice {
  /** The texts that it began to speak, decoded. */
  spoken: string[]
  /** What it was told, by the byte of the command. */
  told: number[]
  speaking(): boolean
  take(bytes: Uint8Array): void
}

export interface VoiceWiring {
  say(bytes: Uint8Array): void
  after(ms: number, then: () => void): () => void
  /** Of the whole text. */
  speakMs: number
  /** It takes no frame at all. */
  refuses?: () => boolean
}

export function fakeVoice({ say, after, speakMs, refuses = () => false }: VoiceWiring): FakeVoice {
  let held: number[] = []
  let end: (() => void) | null = null
  const voice: FakeVoice = {
    spoken: [],
    told: [],
    speaking: () => end !== null,
    take(bytes) {
      held.push(...bytes)
      while (held.length > 0) {
        const from = held.indexOf(0xfd)
        if (from < 0) held = []
        else held = held.slice(from)
        const size = ((held[1] ?? 0) << 8) | (held[2] ?? 0)
        if (held.length < 3 || held.length < 3 + size) return
        say(Uint8Array.of(answerTo(held.slice(0, 3 + size))))
        held = held.slice(3 + size)
      }
    },
  }
  function answerTo(frame: number[]): number {
    if (refuses() || frame.reduce((all, byte) => all ^ byte, 0) !== 0) return 0x45
    const command = frame[3] as number
    voice.told.push(command)
    if (command === 0x21) return end ? 0x4e : 0x4f
    end?.()
    end = null
    if (command !== 0x01) return 0x41
    voice.spoken.push(new TextDecoder('gb18030').decode(Uint8Array.from(frame.slice(5, -1))))
    end = after(speakMs, () => {
      end = null
      say(Uint8Array.of(0x4f))
    })
    return 0x41
  }
  return voice
}
