/** A platform in small: subscribes to all that a station publishes, and passes it on. */
import type { UplinkSpec } from '../../gateway/site/site.ts'
import { openBroker } from '../../gateway/upstream/mqtt.ts'
import type { BusClock } from '../../protocol/ports.ts'

export interface Listener {
  close(): Promise<void>
}

/** It reaches the broker as the station's uplink does, under a name of its own. */
export function openListener(uplink: UplinkSpec, topics: string, busClock: BusClock, onMessage: (topic: string, payload: string) => void): Listener {
  const broker = openBroker({ ...uplink, clientId: `${uplink.clientId}-screen` }, busClock)
  const decoder = new TextDecoder()
  broker.subscribe(topics)
  broker.start(
    () => null,
    // Its links are not shown: the station's own tell of the same broker.
    () => {},
    (topic, payload) => onMessage(topic, decoder.decode(payload)),
  )
  return { close: () => broker.close() }
}
