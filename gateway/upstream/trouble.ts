/** Why a broker cannot be reached, in sentences that say what to do: one table of the codes of sockets, TLS and MQTT. */

/** What a person needs to know of the connection to understand the sentence. */
export interface Reached {
  /** `host:port`. */
  host: string
  protocol: 5 | 4
  clientId: string
  username: string | null
}

const sentences: Record<string, (reached: Reached) => string> = {
  ECONNREFUSED: ({ host }) => `nothing listens on ${host}: is the broker running, and is the port right?`,
  ENOTFOUND: ({ host }) => `the name of ${host} is not known: is it spelt right, and does this machine's name service answer?`,
  EAI_AGAIN: ({ host }) => `the name of ${host} cannot be looked up now: the name service does not answer; is there a network?`,
  ETIMEDOUT: ({ host }) => `${host} does not answer: is there a network, and does a firewall let it pass?`,
  EHOSTUNREACH: ({ host }) => `there is no way to ${host}: is there a network?`,
  ENETUNREACH: ({ host }) => `there is no way to ${host}: is there a network?`,
  ECONNRESET: ({ host }) => `${host} broke the connection off`,
  EPIPE: ({ host }) => `${host} broke the connection off`,

  CERT_HAS_EXPIRED: ({ host }) => `the certificate of ${host} has expired: renew it there (or this machine's clock is wrong)`,
  CERT_NOT_YET_VALID: ({ host }) => `the certificate of ${host} is not valid yet: is this machine's clock right?`,
  DEPTH_ZERO_SELF_SIGNED_CERT: ({ host }) => `the certificate of ${host} is signed by itself: name it, or its authority, under tls: ca`,
  SELF_SIGNED_CERT_IN_CHAIN: ({ host }) => `the certificate of ${host} comes from an authority that is not known here: name the authority's file under tls: ca`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ({ host }) =>
    `the certificate of ${host} comes from an authority that is not known here: name the authority's file under tls: ca`,
  UNABLE_TO_GET_ISSUER_CERT: ({ host }) => `the certificate of ${host} comes from an authority that is not known here: name the authority's file under tls: ca`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ({ host }) =>
    `the certificate of ${host} comes from an authority that is not known here: name the authority's file under tls: ca`,
  CERT_SIGNATURE_FAILURE: ({ host }) => `the certificate of ${host} is not signed by the authority of tls: ca`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `the certificate that ${host} shows is for another host: use the name that it was made for`,
  ERR_SSL_WRONG_VERSION_NUMBER: ({ host }) => `${host} does not speak TLS: use its TLS port (8883 by custom), or mqtt:// where the line itself is safe`,
  EPROTO: ({ host }) => `${host} does not agree on TLS: use its TLS port (8883 by custom); does it want a client certificate (tls: cert and key)?`,

  // CONNACK and DISCONNECT; 1 to 5 are of MQTT 3.1.1 (table 3.1), from 128 of MQTT 5 (table 2-6).
  1: otherVersion,
  2: ({ host, clientId }) => `${host} does not take the client id ${clientId}`,
  3: ({ host }) => `the broker on ${host} is not ready to serve`,
  4: badLogin,
  5: badLogin,
  132: otherVersion,
  133: ({ host, clientId }) => `${host} does not take the client id ${clientId}`,
  134: badLogin,
  135: badLogin,
  136: ({ host }) => `the broker on ${host} is not ready to serve`,
  137: ({ host }) => `the broker on ${host} is too busy`,
  138: ({ host, clientId }) => `${host} has banned ${clientId}: ask who runs it`,
  139: ({ host }) => `the broker on ${host} is shutting down`,
  141: ({ host }) => `${host} heard nothing of us for too long`,
  142: ({ host, clientId }) => `another client has come to ${host} with our client id ${clientId}: two stations run under one name; stop one of them`,
  149: ({ host }) => `${host} refused a packet as too large`,
  151: ({ host }) => `${host} says that a quota is used up: ask who runs it`,
  155: ({ host }) => `${host} grants no QoS 1, without which nothing is sure to arrive`,
}

function otherVersion({ host, protocol }: Reached): string {
  return protocol === 5 ? `${host} does not speak MQTT 5: write mqtt: 4 to speak 3.1.1` : `${host} does not speak MQTT 3.1.1: write mqtt: 5`
}

function badLogin({ host, username }: Reached): string {
  return username === null
    ? `${host} lets nobody in without a user name: give username and password`
    : `${host} does not accept the password of user ${username}, or does not let that user in`
}

/** `cause` is an Error of a socket, of TLS or of mqtt.js, or the number of a reason. */
export function troubleOf(cause: unknown, reached: Reached): string {
  const code = codeOf(cause)
  const sentence = sentences[String(code)]
  if (sentence) return sentence(reached)
  const words = cause instanceof Error ? cause.message : ''
  if (/connack timeout/i.test(words)) return `${reached.host} does not answer as an MQTT broker does: is the port right?`
  // mosquitto 2.0 answers so to what is longer than its message_size_limit; MQTT 5 knows no such answer (3.4.2.1).
  if (/invalid puback reason/i.test(words)) return `${reached.host} refused a message in a way that MQTT does not know: does it take messages this long?`
  if (/keepalive timeout/i.test(words)) return `${reached.host} has fallen silent`
  return `${reached.host}: ${words || `reason ${code}`}`
}

/** A name that several addresses answer to fails with one error for each (AggregateError); the first tells enough. */
function codeOf(cause: unknown): unknown {
  if (typeof cause !== 'object' || cause === null) return cause
  const { code, errors } = cause as { code?: unknown; errors?: unknown[] }
  return code ?? (errors?.[0] as { code?: unknown } | undefined)?.code
}
