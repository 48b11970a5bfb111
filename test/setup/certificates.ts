// Throw-away certificates for tests of TLS: an authority, and a broker's certificate from it, made with openssl.

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of PEM files. */
export interface Certificates {
  ca: string
  cert: string
  key: string
}

/** `days` from now on; a negative number makes one that has expired. `name`: the host that it is for (an IP address is one, too). */
export async function makeCertificates(folder: string, { days = 1, name = 'IP:127.0.0.1' } = {}): Promise<Certificates> {
  const at = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => run('openssl', args)
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  )
  await openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=Test broker',
    '-keyout',
    at('broker.key'),
    '-out',
    at('broker.csr'),
  )
  await writeFile(at('broker.ext'), `subjectAltName=${name}\n`)
  await openssl(
    'x509',
    '-req',
    '-in',
    at('broker.csr'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    String(days),
    '-extfile',
    at('broker.ext'),
    '-out',
    at('broker.pem'),
  )
  return { ca: at('ca.pem'), cert: at('broker.pem'), key: at('broker.key') }
}
