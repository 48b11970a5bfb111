import { describe, expect, it } from 'vitest'
import { closeImage, isEmpty } from '../../gateway/image.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { oneSample } from '../../protocol/samples.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'

const moment = (at: number): Moment => ({ at: millis(at), wall: instant(at), wallQuality: 'synchronised' })
const row = (channel: number, at: number) => oneSample(channel, millis(at), at, 1, 'none')

describe('an input image', () => {
  it('ends before a channel comes for the second time, and all that came goes through in its order', () => {
    let inbox = emptyInput(moment(0))
    inbox.samples.push(row(0, 1), row(1, 1), row(0, 2), row(1, 2), row(0, 3))
    inbox.links.push({ link: 'line', up: true, detail: '' })
    const images: number[][][] = []
    while (!isEmpty(inbox)) {
      const closed = closeImage(inbox, moment(10))
      images.push(closed.image.samples.map(({ channel, time }) => [channel, time[0] as number]))
      expect(closed.image.now.at).toBe(10)
      inbox = closed.rest
    }
    expect(images).toEqual([
      [
        [0, 1],
        [1, 1],
      ],
      [
        [0, 2],
        [1, 2],
      ],
      [[0, 3]],
    ])
  })

  it('is empty only when nothing at all has come', () => {
    const inbox = emptyInput(moment(0))
    expect(isEmpty(inbox)).toBe(true)
    inbox.outputs.push({ output: 'siren', wanted: true, actual: null })
    expect(isEmpty(inbox)).toBe(false)
  })
})
