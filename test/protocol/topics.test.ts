// The topic grammar: what it builds it can take apart, and nothing else.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRetained, parseTopic, topicOf, topicText } from '../../protocol/topics.ts'
import { anyId, anyMessage } from './messages.ts'

const place = { area: 'lianshan', site: 'dapuling-03', station: 'a' }

describe('topics', () => {
  it('are built for every message, and taken apart again', () => {
    fc.assert(
      fc.property(anyMessage, anyId, (message, site) => {
        const text = topicOf(message, { ...place, site })
        const topic = parseTopic(text)
        expect(topic).toMatchObject({ ...place, site })
        expect(topicText(topic!)).toBe(text)
      }),
    )
  })

  it('tell live rows from late ones', () => {
    const live = { kind: 'live' as const, to: null, observed: 0 as never, timeQuality: 'synchronised' as const, channels: {} }
    expect(topicOf(live, place)).toBe('hp/v1/lianshan/dapuling-03/a/live')
    expect(topicOf(live, place, 'backfill')).toBe('hp/v1/lianshan/dapuling-03/a/backfill')
    expect(isRetained(live)).toBe(false)
  })

  it.each([
    'hp/v2/a/b/c/live',
    'hq/v1/a/b/c/live',
    'hp/v1/a/b/c',
    'hp/v1/a/b/c/alarm',
    'hp/v1/a/b/c/alarm/',
    'hp/v1/a/b/c/alarm/x/y',
    'hp/v1/a/b/c/live/x',
    'hp/v1/A/b/c/live',
    'hp/v1//b/c/live',
    'hp/v1/a/b/+/live',
    `hp/v1/a/b/${'c'.repeat(41)}/live`,
    '/hp/v1/a/b/c/live',
    'hp/v1/a/b/c/constructor',
    '',
  ])('refuse %j', (text) => {
    expect(parseTopic(text)).toBeNull()
  })

  it('are never made of words that are no ids', () => {
    expect(() => topicText({ ...place, site: 'a/b', leaf: 'live' })).toThrow('cannot stand in a topic')
    expect(() => topicText({ ...place, leaf: 'alarm' })).toThrow('lacks')
    expect(() => topicText({ ...place, leaf: 'log', alarm: 'slope' })).toThrow('has')
  })
})
